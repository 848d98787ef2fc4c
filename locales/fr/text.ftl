# Les dossiers au terminal.
text-case = dossier
text-suspects = suspects
text-first-bad = premier acte hostile
text-last = dernière activité
text-scope = périmètre
text-integrity = intégrité
text-counts = { $events ->
    [one] { $events } trace
   *[other] { $events } traces
} de { $sessions ->
    [one] { $sessions } identifiant
   *[other] { $sessions } identifiants
}, dont { $failed } en échec ; { $findings ->
    [one] { $findings } alerte
   *[other] { $findings } alertes
}
text-more-statements = { $count ->
    [one] et { $count } autre constat
   *[other] et { $count } autres constats
}
text-more-evidence = { $count ->
    [one] et { $count } autre trace
   *[other] et { $count } autres traces
}
text-head = { $title } : { $status }
text-unknown = Ce que les éléments disponibles ne permettent pas de savoir
text-collect = Ce qu’il faut recueillir
diff-nothing = Rien n’a changé
diff-first-bad = Le premier acte hostile était { $before }, il est { $after }
diff-status = { $question } : c’était « { $before } », c’est « { $after } »
diff-session = { $label } ({ $key })
diff-steps-gone = { $count ->
    [one] { $count } étape a disparu
   *[other] { $count } étapes ont disparu
}
