# Intégrité des journaux.
integrity-verified = { $logs ->
    [one] { $logs } fichier de journal est tel que CloudTrail l’a livré
   *[other] Les { $logs } fichiers de journal sont tels que CloudTrail les a livrés
} : { $digests ->
    [one] { $digests } condensé signé vérifié
   *[other] { $digests } condensés signés vérifiés
}
integrity-without-keys = { $digests ->
    [one] { $digests } condensé comparé
   *[other] { $digests } condensés comparés
} à { $logs ->
    [one] { $logs } fichier de journal
   *[other] { $logs } fichiers de journal
}, mais aucune signature n’a pu être vérifiée sans les clés publiques de CloudTrail
integrity-wrong = { $verified } sur { $logs ->
    [one] { $logs } fichier de journal
   *[other] { $logs } fichiers de journal
} vérifiés par { $digests ->
    [one] { $digests } condensé
   *[other] { $digests } condensés
} ; { $hours ->
    [0] les anomalies des autres sont énumérées
    [one] les condensés de { $hours } heure manquent ou sont faux
   *[other] les condensés de { $hours } heures manquent ou sont faux
}
integrity-digest-missing = Du { $from } au { $to }, les condensés de { $hours ->
    [one] { $hours } heure manquent
   *[other] { $hours } heures manquent
}
integrity-digest-invalid = Du { $from } au { $to }, des condensés sont invalides ({ $hours ->
    [one] { $hours } heure
   *[other] { $hours } heures
})
integrity-tail-missing = Après le { $from }, les condensés jusqu’au { $to } manquent ({ $hours ->
    [one] { $hours } heure
   *[other] { $hours } heures
})
integrity-head-truncated = Les condensés antérieurs au { $to } manquent, et rien n’explique que la chaîne commence là ({ $hours ->
    [0] depuis { $from }
    [one] { $hours } heure depuis { $from }
   *[other] { $hours } heures depuis { $from }
})
integrity-logging-off = La journalisation était coupée du { $from } au { $to }, un événement le dit ({ $hours ->
    [one] { $hours } heure
   *[other] { $hours } heures
})
integrity-file-verified = Signé par CloudTrail et inchangé
integrity-file-altered = Le contenu n’est pas celui que nomme le condensé
integrity-file-missing = Un condensé le nomme, et il n’est pas là
integrity-file-uncovered = Aucun condensé utilisable n’existe pour son heure
integrity-file-unreferenced-pending = Aucun condensé ne le nomme encore : il est trop récent
integrity-file-unreferenced-suspicious = Aucun condensé ne le nomme alors que celui de son heure est présent : il peut être forgé
integrity-file-digest-invalid = La signature, le chaînage ou le contenu du condensé est faux
integrity-file-digest-missing = Le condensé manque
integrity-file-tail-missing = Les condensés les plus récents manquent
integrity-file-head-truncated = Les condensés les plus anciens manquent
integrity-file-logging-off = La journalisation était coupée
integrity-file-unknown-key = L’empreinte concorde, mais aucune clé ne permet de vérifier la signature
integrity-file-trailing-data = Des données ont été ajoutées après la fin de la compression
integrity-file-not-verifiable = Impossible à décider
