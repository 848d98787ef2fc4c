# Le rayon d’action.
reach-step = { $from } devient { $to } par { $actions }
reach-missing = { $what } (à recueillir avec { $permission }) : { $limits }
reach-rows-left-out = { $count ->
    [one] { $count } autre ligne se trouve dans reach.json
   *[other] { $count } autres lignes se trouvent dans reach.json
}
reach-not-reachable-count = { $count ->
    [one] { $count } ligne est hors de portée, preuve dans reach.json
   *[other] { $count } lignes sont hors de portée, preuves dans reach.json
}
reach-condition-key = { $key } : { $values }
reach-condition-policy = { $what } ne l’interdit pas (à recueillir avec { $permission })
reach-circumstance-next-start = au prochain démarrage de la machine
reach-circumstance-next-pull = au prochain téléchargement de l’image
reach-circumstance-what-the-service-does = dans la mesure où le service le fait avec le rôle
reach-circumstance-identity-possible-if = si l’identité elle-même est obtenue, ce qui a ses conditions
reach-circumstance-policy-write-conditional = si la politique peut être écrite comme il faut, ce qui a ses conditions
reach-proof = { $action } : { $layer }, { $statements }
reach-proof-none = { $action } : { $layer }
reach-decision-allowed = autorisé
reach-decision-explicitlydenied = explicitement interdit
reach-decision-implicitlydenied = autorisé par aucune politique
reach-decision-unsupported = impossible à décider
reach-decision-nostatement = aucune déclaration ne le concerne
