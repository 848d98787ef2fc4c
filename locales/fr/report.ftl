# Mots du rapport d’investigation.
# Les quinze questions du guide d’investigation.
question-1-title = Ressources consultées
question-1 = Quelles ressources SageMaker (notebooks, modèles, points de terminaison, tâches, magasins de caractéristiques, données) ont été consultées sans autorisation ?
question-2-title = Mode d’accès
question-2 = Comment l’accès non autorisé a-t-il été obtenu ?
question-3-title = Actions effectuées
question-3 = Quelles actions l’utilisateur non autorisé a-t-il effectuées ?
question-4-title = Exfiltration et altération
question-4 = Des modèles ou des données ont-ils été exfiltrés ou altérés ?
question-5-title = Empoisonnement et risque adverse
question-5 = Existe-t-il un risque d’empoisonnement des données ou des modèles, ou d’attaque adverse contre les modèles ?
question-6-title = Ressources créées ou modifiées
question-6 = Des ressources ont-elles été créées ou modifiées, et existent-elles encore ?
question-7-title = Usage des API et des SDK
question-7 = Quelles API ou quels SDK ont été utilisés, et pour quoi faire ?
question-8-title = Journaux et pistes d’audit
question-8 = Des journaux ou des pistes d’audit ont-ils été modifiés ou supprimés ?
question-9-title = Rôles et politiques IAM
question-9 = Des rôles ou des politiques IAM ont-ils été modifiés ou détournés ?
question-10-title = Modifications du réseau
question-10 = La configuration du VPC ou du réseau a-t-elle été modifiée ?
question-11-title = Points d’entrée et de rebond
question-11 = Des notebooks ou des instances ont-ils servi de point d’entrée ou de rebond ?
question-12-title = Attaques contre des tiers
question-12 = Les ressources ont-elles servi à attaquer d’autres ressources ou des systèmes externes ?
question-13-title = Impact
question-13 = Quel est l’impact sur la confidentialité, l’intégrité et la disponibilité ?
question-14-title = Isolement et restauration
question-14 = Comment isoler, sauvegarder, puis restaurer ou reconstruire ce qui est touché ?
question-15-title = Bonnes pratiques non suivies
question-15 = Quelles bonnes pratiques de sécurité n’ont pas été suivies ?

# Mots du modèle.
phase-entry = entrée
phase-reconnaissance = reconnaissance
phase-credentials = identifiants
phase-privilege = privilèges
phase-persistence = persistance
phase-exfiltration = exfiltration
phase-tampering = altération
phase-evasion = dissimulation
phase-impact = impact
phase-response = réponse
phase-other = autre
session-kind-user-key = clé d’un utilisateur
session-kind-console = console
session-kind-root = utilisateur racine
session-kind-role = session d’un rôle
session-kind-sagemaker = session créée par SageMaker
session-kind-federated = session fédérée
session-kind-federated-user = utilisateur fédéré
session-kind-service = service
session-kind-foreign-account = compte tiers
session-kind-unknown = inconnue
link-kind-minted = session créée
link-kind-created = identifiant créé
link-kind-presigned = URL créée
link-kind-passed = rôle confié
link-kind-runs-as = s’exécute sous
link-kind-same-call = même appel
link-kind-same-address = même adresse (faible)
integrity-state-verified = vérifié
integrity-state-hash-only = empreinte conforme, signature non vérifiée
integrity-state-altered = altéré
integrity-state-unreferenced = absent des condensés
integrity-state-not-checked = non vérifié
coverage-state-covered = enregistré
coverage-state-partial = enregistré en partie
coverage-state-stopped = enregistrement arrêté
coverage-state-unknown = inconnu
coverage-state-missing = fichiers manquants
log-kind-management = Événements de gestion
log-kind-s3-data = Événements d’objets S3
log-kind-endpoint-data = Appels des points de terminaison
log-kind-feature-data = Enregistrements du magasin de caractéristiques
log-kind-other-data = Autres événements de données
log-kind-network = Événements d’activité réseau
attribution-on-behalf-of = l’utilisateur pour qui les appels ont été faits
attribution-source-identity = l’identité source
attribution-mint-chain = la chaîne des sessions enregistrées
attribution-session-name = le nom de session du fournisseur d’identité
attribution-presigned-url = l’appelant qui a créé l’URL
attribution-tags = les étiquettes de la requête
attribution-candidates = tous ceux que les journaux permettent
attribution-none = rien dans les journaux

# Le rapport dans son ensemble.
report-title = Rapport d’investigation
report-title-of = Investigation { $case }
report-skip = Aller au rapport
report-contents = Sommaire
report-theme = Clair ou sombre
report-print = Imprimer
report-tool = Produit par { $tool }
report-utc = Toutes les heures sont en UTC
report-none = Néant
report-not-given = non précisé
report-yes = oui
report-no = non
report-unknown = inconnu
report-more = et { $count } de plus
report-from-to = du { $from } au { $to }
report-all-time = tout ce qui a été lu
report-footer = Ce fichier contient tout le rapport et ne charge rien d’ailleurs
report-severity-informational = information
report-severity-low = faible
report-severity-medium = moyenne
report-severity-high = élevée
report-severity-critical = critique

# Synthèse.
report-summary = Synthèse
report-severity = Gravité maximale
report-severity-none = non évaluée
report-first-bad = Premier événement attribué à l’intrus
report-last-activity = Dernière activité du périmètre
report-dwell = Du premier au dernier
report-duration = { $days ->
    [one] { $days } jour
   *[other] { $days } jours
} { $hours } h { $minutes } min
report-duration-hours = { $hours } h { $minutes } min
report-events-in-scope = Événements
report-failed = refusés ou en échec
report-findings = Alertes
report-sessions-count = Sessions
report-steps-count = Étapes
report-accounts = Comptes
report-regions = Régions
report-integrity-of-logs = Intégrité des journaux
report-scope = Périmètre de l’investigation
report-suspect = Suspect
report-suspect-kind = Interprété comme
report-suspect-proposed = proposé par le programme
report-suspect-given = fourni
report-origin = Origine
report-why = Pourquoi
report-period = Période demandée
report-aware-at = Prise de connaissance
report-glance = Les quinze questions d’un coup d’œil
report-answer-tally = { $answered ->
    [one] { $answered } question sur { $all } a une réponse établie
   *[other] { $answered } questions sur { $all } ont une réponse établie
}, { $partial } une réponse partielle ; { $not } sans réponse possible avec les éléments disponibles

# Réponses.
report-answers = Les quinze réponses
report-question = Question
report-question-number = Question { $number }
report-status = État
report-statements = Constats
report-statement = Constat
report-certainty = Certitude
report-certainty-weakest = Certitude, de la plus forte à la plus faible
report-evidence = Preuves
report-evidence-more = { $count ->
    [one] { $count } preuve en tout
   *[other] { $count } preuves en tout
}
report-weakened-by = Limité par
report-subjects = Objet
report-rests-on = S’appuie sur ces journaux
report-cannot-be-known = Ne peut être établi avec les éléments disponibles
report-to-collect = À recueillir
report-no-statement = Aucun constat possible
report-no-answer = Le dossier ne contient pas de réponse à cette question

# Chronologie.
report-timeline = Chronologie
report-timeline-note = { $count ->
    [one] { $count } étape, qui réunit les appels d’un même identifiant allant ensemble
   *[other] { $count } étapes, chacune réunissant les appels d’un même identifiant allant ensemble
}
report-timeline-chart = Étapes par session et dans le temps
report-timeline-aggregated = Le graphique compte les étapes sur { $buckets } intervalles de temps ; les tableaux montrent chacune
report-lanes-left-out = { $count ->
    [one] { $count } autre session n’a pas de ligne dans le graphique
   *[other] { $count } autres sessions n’ont pas de ligne dans le graphique
}
report-day = { $day }
report-day-part = { $day }, partie { $part } sur { $parts }
report-day-unknown = Sans heure lisible
report-time = Heure
report-step = Étape
report-phase = Phase
report-session = Session
report-what = Ce qui s’est passé
report-calls = Appels
report-resources = Ressources
report-addresses = Adresses
report-techniques = Techniques
report-rules = Règles
report-guardrails = Garde-fous qui l’auraient empêché
report-details = Détails
report-failed-count = { $failed ->
    [one] { $failed } refusé ou en échec
   *[other] { $failed } refusés ou en échec
}
report-filter = Filtrer
report-filter-text = Rechercher
report-filter-all = tout
report-filter-clear = Effacer
report-filter-shown = sur
report-filter-timeline = Filtre de la chronologie
report-filter-answers = Filtre des réponses
report-filter-evidence = Filtre des preuves

# Activité.
report-activity = Activité par heure
report-activity-chart = Événements selon le jour et l’heure de début de leur étape
report-activity-day = Jour
report-activity-busiest = Heure la plus active
report-activity-hours = Heures d’activité
report-activity-older = Les jours antérieurs ne figurent que dans le tableau

# Sessions.
report-sessions = Les sessions et leurs auteurs
report-session-graph = Enchaînement des sessions
report-session-graph-note = Sessions et liens dans l’ordre du temps ; le tableau des liens dit la même chose
report-graph-limited = Le graphe montre les { $shown } premiers sur { $all } ; les tableaux montrent tout
report-session-kind = Type
report-principal = Identité
report-session-key = Identifiant
report-role = Rôle
report-account = Compte
report-mfa = Second facteur
report-source-identity = Identité source
report-seen = Premier et dernier événement
report-first = Premier
report-last = Dernier
report-events = Événements
report-agents = Agents utilisateur, choisis par le client
report-seen-new = nouvelle
report-attribution = Qui est derrière
report-attribution-basis = Repose sur : { $basis }
report-attribution-stolen = L’identifiant est tenu pour volé : son titulaire n’en est pas l’utilisateur
report-attribution-nobody = Les journaux ne le disent pas
report-hostile = attribuée en entier à l’intrus
report-hostile-part = en partie : ce qui figure dans la chronologie
report-in-scope = Raison de sa présence dans le périmètre
report-marks = Points notables
report-links = Liens
report-link-from = De
report-link-to = Vers
report-link-kind = Lien

# Entités.
report-entities = Ressources touchées
report-entity-graph = Sessions, ressources et comptes
report-entity-graph-note = Quelle session a touché quelle ressource ; le tableau dit la même chose
report-entity = Ressource
report-entity-service = Service
report-entity-sessions = Sessions
report-entity-steps = Étapes
report-entity-phases = Phases

# Portée.
report-reach = Portée
report-reach-note = Ce que les identifiants du périmètre permettaient, selon les politiques disponibles
report-reach-none = Les politiques n’ont pas été examinées pour ce rapport : ce qui était à portée est inconnu
report-reach-empty = Aucune ligne
report-reach-identity = Identité
report-reach-label = Verdict
report-reach-actions = Actions
report-reach-conditions = Sous ces conditions
report-reach-proof = Démonstration
report-reach-first = Depuis
report-reach-unknown = Ce qui n’a pas pu être tranché
reach-label-reached = atteinte
reach-label-attempted-denied = tentée, refusée
reach-label-reachable = accessible
reach-label-reachable-if = accessible sous conditions
reach-label-not-reachable = hors de portée
reach-label-unknown = inconnu

# Couverture et intégrité.
report-coverage = Ce que couvrent les journaux
report-coverage-note = Une période sans événement ne prouve jamais qu’il ne s’est rien passé
report-coverage-log = Journal
report-coverage-stretches = Périodes
report-coverage-chart = Couverture dans le temps
report-coverage-strip = Couverture : { $log }
report-legend = Légende
report-notes = Remarques
report-state = État
report-integrity = Intégrité des fichiers journaux
report-integrity-digests = Fichiers de condensés lus
report-integrity-verdict = Verdict
report-integrity-files = Fichiers journaux
report-integrity-problems = Lacunes et fichiers altérés, manquants ou étrangers
report-object = Objet
report-reason = Motif

# Indicateurs et échéances.
report-indicators = Indicateurs de compromission
report-indicator-kind = Type
report-indicator-value = Valeur
report-deadlines = Échéances légales
report-deadlines-note = C’est au lecteur de décider si une obligation s’applique
report-deadlines-none = L’heure de prise de connaissance n’a pas été fournie : aucun délai ne peut être compté
report-deadline-duty = Obligation
report-deadline-due = Échéance
report-deadline-no-delay = sans retard injustifié
report-deadline-content = Ce que le dossier permet de renseigner

# Sources, preuves, lecture.
report-inputs = Ce qui a été lu
report-inputs-sources = Fichiers et objets
report-inputs-records = Enregistrements retenus
report-inputs-duplicates = Copies
report-inputs-unreadable = Illisibles
report-inputs-bytes = Octets, décompressés
report-inputs-digest = Condensé des sources (SHA-256)
report-inputs-span = Premier et dernier enregistrement
report-inputs-rules = Règles appliquées
report-inputs-rules-digest = Condensé des règles (SHA-256)
report-inputs-estates = Instantanés du parc
report-inputs-collected-at = Collecté
report-inputs-digest-of = Condensé
report-inputs-path = Chemin
report-inputs-problems = Ce qui n’a pas pu être lu
report-appendix = Annexe : preuves
report-appendix-note = Chaque constat renvoie à ces pièces. Le condensé est celui des octets bruts
report-evidence-source = Source
report-evidence-index = Numéro
report-evidence-digest = SHA-256
report-evidence-integrity = Intégrité
report-evidence-title = Intitulé
report-evidence-id = Identifiant
report-evidence-missing = { $id } (absent du dossier)
evidence-kind-record = enregistrement
evidence-kind-policy = politique
evidence-kind-configuration = configuration
evidence-kind-finding = alerte
evidence-kind-integrity = intégrité
report-reading = Comment lire ce rapport
report-reading-word = Mot
report-reading-meaning = Sens
report-reading-observed = Un enregistrement le dit
report-reading-derived = Cela découle d’enregistrements et de politiques, selon des règles énoncées
report-reading-inferred = Un motif ou une proximité dans le temps le suggère
report-reading-claimed = Un champ rempli par le client le dit, comme l’agent utilisateur
report-reading-silence = Là où ce rapport n’a rien trouvé, il dit dans quels journaux il a cherché. L’absence de preuve n’est pas la preuve de l’absence

report-severity-of-step = Gravité
report-what-asked = Sujet
