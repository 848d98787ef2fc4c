# Mots du vocabulaire des dossiers.
certainty-observed = observé
certainty-derived = déduit
certainty-inferred = présumé
certainty-claimed = déclaré par le client
status-answered = réponse établie
status-partial = réponse partielle
status-not-determinable = indéterminable
count-events = { $count ->
    [one] { $count } événement
   *[other] { $count } événements
}
