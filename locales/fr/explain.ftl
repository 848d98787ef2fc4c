# Une trace en toutes lettres.
explain-summary = { $time }, { $who } a appelé { $call }, { $place } : { $outcome }
explain-summary-on = { $time }, { $who } a appelé { $call } sur { $target }, { $place } : { $outcome }
explain-summary-aggregated = Cette trace compte des appels à { $service } dans le compte { $account } de { $from } à { $to } ; elle ne représente aucun appel en particulier
explain-summary-insight = { $time }, CloudTrail Insights a constaté un rythme inhabituel de { $name } ({ $service }) dans le compte { $account } ({ $state }) ; la trace ne représente aucun appel en particulier
explain-insight-start = début
explain-insight-end = fin
explain-insight-other = ni début ni fin
explain-time = Le { $date } à { $clock } UTC
explain-time-unknown = À une date que la trace n’indique pas
explain-section-who = Qui
explain-section-what = Quoi
explain-section-target = Sur quoi
explain-section-whence = D’où
explain-section-outcome = Résultat
explain-section-fields = Champs qui comptent pour la sécurité
explain-section-conditions = Ce qu’une politique aurait pu tester
explain-section-odd = Particularités de la trace
explain-section-unknown = Ce que cette trace ne peut pas dire
explain-section-scripts = Scripts et réglages dans la requête
explain-section-next = Que regarder ensuite
explain-yes = oui
explain-no = non
explain-not-recorded = non enregistré
explain-absent = non renseigné
explain-hidden = masqué par AWS
explain-see-scripts = voir les scripts plus bas
explain-list = { $items }
explain-bytes = { $bytes ->
    [one] { $bytes } octet
   *[other] { $bytes } octets
}
explain-why-and-default = { $why }. Non renseigné : { $default }

# Intitulés.
explain-label-identity = appelant
explain-label-arn = ARN
explain-label-account = compte
explain-label-issuer = rôle ou utilisateur
explain-label-session = nom de session
explain-label-source-identity = identité source
explain-label-on-behalf = pour le compte de
explain-label-mfa = second facteur
explain-label-age = âge de la session
explain-label-assumed-root = session AssumeRoot
explain-label-sign-in = session de connexion
explain-label-imds = métadonnées d’instance
explain-label-key = clé d’accès
explain-label-token = jeton porteur
explain-label-console = depuis la console
explain-label-invoked-by = appelé par
explain-label-provider = fournisseur d’identité
explain-label-delegate = compte délégué
explain-label-in-scope = dans le cadre de
explain-label-service = service
explain-label-operation = opération
explain-label-kind = nature
explain-label-effect = effet
explain-label-category = catégorie
explain-label-action = protégée par
explain-label-region = Région
explain-label-time = date
explain-label-event-id = identifiant
explain-label-resource = ressource
explain-label-more = suite
explain-label-address = adresse
explain-label-endpoint = point de terminaison VPC
explain-label-endpoint-account = compte propriétaire
explain-label-tag-profile = profil d’après la balise
explain-label-tag-space = espace d’après la balise
explain-label-tag-domain = domaine d’après la balise
explain-label-tls = chiffrement
explain-label-host = hôte appelé
explain-label-agent = agent utilisateur
explain-label-tool-kind = type de client
explain-label-tool = outil
explain-label-system = système
explain-label-language = langage
explain-label-command = commande
explain-label-outcome = résultat
explain-label-error = erreur
explain-label-message = message d’AWS
explain-label-denied-by = refusé par
explain-label-policy = politique
explain-label-denied-action = action refusée
explain-label-denied-resource = sur
explain-label-answer = réponse
explain-label-request = requête
explain-label-repeated = membres répétés
explain-label-unknown-call = les appels
explain-label-unknown-person = la personne
explain-label-unknown-machine = la machine
explain-label-unknown-content = le contenu
explain-label-unknown-tool = l’outil
explain-label-unknown-whole = l’authenticité
explain-label-decoded = texte décodé
explain-label-problems = ce qui pose problème

# Qui.
explain-who-root = l’utilisateur racine du compte { $account }
explain-who-user = l’utilisateur IAM { $name }
explain-who-session = la session { $session } du rôle { $role }
explain-who-session-unnamed = une session du rôle { $role }
explain-who-role = le rôle { $name }
explain-who-federated = l’utilisateur fédéré { $name }
explain-who-saml = l’utilisateur SAML { $name }
explain-who-web = l’identité web { $name }
explain-who-directory = l’annuaire { $name }
explain-who-center = l’utilisateur Identity Center { $name }
explain-who-account = une identité du compte { $account }
explain-who-service = le service AWS { $name }
explain-who-not-told = une identité que CloudTrail n’a pas su déterminer
explain-who-other = une identité de type { $kind }
explain-who-none = une identité non enregistrée
explain-kind-root = L’utilisateur racine peut tout faire dans le compte et échappe aux politiques d’identité ; seules les politiques de contrôle des services le limitent, et uniquement dans les comptes membres
explain-kind-user = Un utilisateur IAM : une identité durable, avec un mot de passe, des clés d’accès, ou les deux
explain-kind-session = Une session de rôle : des identifiants temporaires remis à la personne ou au programme qui a endossé le rôle
explain-kind-role = Le rôle lui-même, sans session
explain-kind-federated = Une session créée par GetFederationToken pour une personne extérieure à IAM ; ses droits sont ceux de l’utilisateur demandeur, restreints par une politique
explain-kind-saml = Une personne dont un fournisseur d’identité SAML répond, au moment où elle demande une session
explain-kind-web = Une personne ou une charge de travail dont un fournisseur OpenID Connect répond, au moment où elle demande une session
explain-kind-directory = Un annuaire de Directory Service
explain-kind-center = Un utilisateur d’IAM Identity Center, hors de tout compte AWS
explain-kind-account = L’appelant appartient à un autre compte. Cette copie de la trace, celle du propriétaire de la ressource, n’en dit pas plus
explain-kind-service = Un service a agi de lui-même, ou a endossé un rôle qui lui fait confiance
explain-kind-not-told = CloudTrail n’a pas pu déterminer l’identité ; d’anciens événements d’Identity Center ont aussi cette forme
explain-kind-other = Ce type d’identité n’est pas connu de ce programme
explain-kind-untyped = L’identité n’a pas de type, comme dans les événements émis par les services
explain-kind-empty = L’identité est un objet vide
explain-kind-null = L’identité est nulle : AWS n’en a enregistré aucune
explain-kind-absent = La trace ne comporte pas d’identité
explain-kind-broken = L’identité n’est pas un objet : la trace est abîmée ou a été modifiée
explain-note-other-account = La trace a été livrée au compte { $recipient } : l’appel traverse les comptes
explain-note-service-linked = Un rôle lié à un service : seul le service AWS auquel il appartient peut l’endosser
explain-note-permission-set = Un jeu d’autorisations d’Identity Center : le nom de session est celui de la personne
explain-note-session-sagemaker = SageMaker donne ce nom aux sessions qu’il crée pour le code exécuté sur ses instances : un notebook, une tâche ou un point de terminaison a agi avec son rôle d’exécution. Plusieurs personnes peuvent le partager
explain-note-session-instance = Le nom est l’identifiant d’une instance EC2 : du code sur cette instance a agi avec le rôle de son profil d’instance, si le nom n’a pas été forgé
explain-note-session-center = Identity Center donne à la session le nom de la personne connectée
explain-note-session-sdk = Un nom que le SDK invente quand le programme n’en donne pas
explain-note-session-chosen = Ce nom a été choisi par celui qui a endossé le rôle, sauf si le fournisseur d’identité ou la politique de confiance l’impose
explain-note-source-identity = Fixée lorsque le premier rôle a été endossé, et immuable tout au long de la chaîne de rôles : le meilleur lien vers une personne
explain-note-on-behalf = L’utilisateur Identity Center pour qui l’appel a été fait, dans l’annuaire { $store } ; identitystore:DescribeUser donne son nom
explain-note-mfa = La session a été ouverte avec un second facteur. Qui en vole ensuite les identifiants hérite de cette marque
explain-note-no-mfa = Normal pour les identifiants de services et de programmes ; pour la session d’une personne, aucun second facteur n’a été présenté
explain-age-minutes = { $minutes } min, depuis { $created }
explain-age-hours = { $hours } h { $minutes } min, depuis { $created }
explain-age-days = { $days } j { $hours } h, depuis { $created }
explain-age-negative = commencée après l’événement, à { $created }
explain-note-age-negative = Une session ne peut agir avant d’avoir commencé : une horloge est fausse, ou la trace a été modifiée
explain-note-age-long = Plus de 12 heures, le maximum qu’un rôle permet : des identifiants renouvelés par un service, ou une session d’arrière-plan
explain-note-assumed-root = Une opération privilégiée du compte de gestion sur un compte membre
explain-note-sign-in = On peut couper cette seule connexion grâce à la clé de condition aws:SignInSessionArn, sans toucher au rôle
explain-note-imds-1 = La version 1 du service de métadonnées a remis les identifiants : une requête forgée depuis l’instance (SSRF) suffit à les voler
explain-note-imds-2 = La version 2 du service de métadonnées, qui exige un jeton de session
explain-note-key-long = Une clé de longue durée d’un utilisateur : elle fonctionne de n’importe où, tant que personne ne la désactive
explain-note-key-temporary = Une clé temporaire : elle appartient à une seule session, et tous les appels de cette session la portent
explain-note-key-other = Ni le préfixe d’une clé de longue durée (AKIA), ni celui d’une clé temporaire (ASIA)
explain-note-key-none = Les connexions, les appels des services et certains appels d’autres comptes n’en portent pas
explain-note-token = L’appel a été authentifié par un jeton porteur, et non par une signature
explain-note-console = Les identifiants proviennent d’une connexion à la console
explain-note-invoked-by = L’appelant n’a pas émis cette requête lui-même : ce service l’a fait, avec les droits de l’appelant
explain-note-tag = Studio pose cette balise sur ce que ses applications créent ; le code qui s’y exécute peut en poser une autre : une déclaration, pas une preuve
explain-note-provider = Il répond de l’appelant : qui le contrôle peut agir au nom de tous ceux qu’il connaît
explain-note-delegate = Un fournisseur de produit agit avec un accès délégué temporaire
explain-note-in-scope = Les identifiants ont été émis pour cette ressource

# Quoi.
explain-call = { $name } ({ $service })
explain-call-in-words = { $name } ({ $service } : { $words })
explain-call-unnamed = une opération sans nom
explain-service = { $name } ({ $source })
explain-note-source-unknown = Aucun service AWS connu n’enregistre sous cette source
explain-note-alias = En clair : { $words }. C’est le nom que CloudTrail donne à l’appel { $api } de l’API
explain-note-alias-only = C’est le nom que CloudTrail donne à l’appel { $api } de l’API
explain-note-operation-new = En clair : { $words }. Le service est connu, pas cette opération : elle est plus récente que les tables de ce programme, ou forgée
explain-note-operation-unknown = Une opération que les tables de ce programme ne connaissent pas
explain-note-operation-plain = Une opération connue, pour laquelle ce programme n’a pas d’autres mots
explain-event-call = un appel d’API
explain-event-service = une action d’un service, de lui-même
explain-event-console = une action dans la console qui n’est pas un appel d’API
explain-event-sign-in = une connexion, ou une étape de connexion
explain-event-network = une activité à un point de terminaison VPC : une autre trace du même appel peut exister
explain-event-insight = le début ou la fin d’une activité inhabituelle
explain-event-aggregated = des décomptes sur une fenêtre de temps
explain-event-other = { $kind }, type inconnu
explain-reads = lecture
explain-writes = modification ou création
explain-note-reads-yet-writes = CloudTrail le range parmi les lectures, bien qu’il utilise une clé ou délivre des identifiants
explain-note-by-model = La trace ne le dit pas ; cela découle du modèle du service
explain-category-management = événement de gestion : enregistré par toute piste sauf exclusion, et conservé 90 jours dans l’historique des événements
explain-category-data = événement de données : enregistré seulement par les pistes qui le demandent, jamais dans l’historique des événements
explain-category-network = événement d’activité réseau : enregistré seulement par les pistes qui le demandent
explain-category-insight = événement Insights
explain-category-aggregated = événement agrégé : il ne prouve aucun appel en particulier
explain-category-other = { $name }, catégorie inconnue
explain-note-category-derived = La trace ne le dit pas ; cela se déduit de ses autres membres
explain-note-action = IAM décide de cet appel d’après ces actions : c’est avec elles qu’une politique l’autorise ou le refuse
explain-note-global = Un service global, enregistré dans us-east-1 où que soit l’appelant
explain-note-time = Fin de l’appel, à la seconde, en UTC ; plusieurs événements peuvent porter la même date

# Sur quoi.
explain-note-request-missing = Sans la requête, on ne peut rien dire de ces champs, ni des valeurs par défaut
explain-more-resources = { $count ->
    [one] { $count } autre ressource
   *[other] { $count } autres ressources
}
explain-note-resource-account = Appartient au compte { $account }, et non à celui qui a reçu cette trace
explain-note-key-arn = La clé de condition contient l’ARN, quel que soit le nom donné dans la requête
explain-note-key-presence = La clé de condition dit seulement si le champ est présent
explain-note-key-default = L’API prend { $default } ; AWS ne documente pas si la clé de condition reçoit cette valeur
explain-more-members = { $count ->
    [one] { $count } autre membre
   *[other] { $count } autres membres
}

# D’où.
explain-from-public = depuis l’adresse publique { $address }
explain-from-private = depuis l’adresse privée { $address }
explain-from-service = par l’intermédiaire du service { $name }
explain-from-internal = depuis l’intérieur d’AWS
explain-from-none = depuis une adresse non enregistrée
explain-from-other = depuis « { $text } », qui n’est pas une adresse
explain-note-public = Une adresse publique : la dernière avant AWS, peut-être un mandataire, un VPN ou une passerelle NAT partagée
explain-note-private = Une adresse privée, vue à travers un point de terminaison VPC : elle n’est unique que dans ce VPC
explain-note-service = Un service a fait l’appel ; l’adresse de l’appelant qui l’a sollicité n’est pas enregistrée
explain-note-internal = L’appel vient de l’intérieur d’AWS, par exemple des serveurs de la console
explain-note-no-address = La trace ne comporte pas d’adresse
explain-note-odd-address = Ni une adresse, ni le nom d’un service : la trace a pu être modifiée
explain-note-endpoint = L’appel est passé par ce point de terminaison : le réseau de l’appelant est ce VPC, ou un réseau relié à lui
explain-note-endpoint-odd = Ce n’est pas l’identifiant d’un point de terminaison ; des services écrivent ici d’autres textes
explain-note-endpoint-account = Le point de terminaison appartient à un autre compte : l’appel sort d’un réseau qui n’est pas le vôtre
explain-tls = { $version }, { $cipher }
explain-note-tls-old = Obsolète : AWS exige TLS 1.2 ou plus depuis 2024. Un client ancien, ou une trace forgée
explain-note-claimed = Le client choisit ce texte : il ne prouve rien, et imiter celui d’un autre outil est facile
explain-note-attack-system = Il nomme une distribution conçue pour les tests d’intrusion
explain-agent-internal = un service interne d’AWS
explain-agent-console = la console AWS
explain-agent-service = un service qui a appelé pour quelqu’un
explain-agent-browser = un navigateur

# Résultat.
explain-outcome-success = l’appel a abouti
explain-outcome-denied = l’accès a été refusé
explain-outcome-failed = l’appel a échoué ({ $code })
explain-outcome-failed-silently = l’appel a échoué
explain-outcome-none = aucun appel en particulier ne se trouve derrière cette trace
explain-note-success = La trace ne porte pas d’erreur : AWS a accepté l’appel
explain-note-denied = Cet appel n’a rien lu ni modifié ; la tentative elle-même est un indice
explain-denied-explicit = un Deny explicite dans { $policy }
explain-denied-implicit = l’absence d’Allow dans { $policy }
explain-denied-unsaid = le message ne dit pas quelle politique
explain-note-one-policy = AWS ne nomme qu’un type de politique, même si plusieurs refusent
explain-policy-scp = une politique de contrôle des services (SCP)
explain-policy-rcp = une politique de contrôle des ressources (RCP)
explain-policy-identity = une politique d’identité
explain-policy-resource = une politique de ressource
explain-policy-boundary = une limite d’autorisations
explain-policy-session = une politique de session
explain-policy-endpoint = une politique de point de terminaison VPC
explain-policy-trust = une politique de confiance de rôle
explain-error-vpce = La politique du point de terminaison VPC a arrêté l’appel avant le service
explain-error-denied = L’appelant n’avait pas l’autorisation, ou une règle l’interdisait
explain-error-throttled = Trop d’appels en peu de temps : les scripts et les outils de balayage s’y heurtent
explain-error-invalid = La requête était mal formée ; les autorisations n’ont peut-être pas encore été vérifiées
explain-error-missing = Ce que l’appel désigne n’existe pas, ou l’appelant n’a pas à savoir que cela existe
explain-error-conflict = Cela existe déjà, ou autre chose s’y oppose
explain-error-limit = Un quota du compte l’a arrêté : avec des instances coûteuses, un signe de détournement de calcul
explain-error-expired = Les identifiants avaient expiré : quelqu’un s’en est servi trop tard
explain-error-credential = AWS ne connaît pas ces identifiants, ou ils sont désactivés
explain-error-signature = La signature est fausse : mauvaise clé secrète, ou requête modifiée en chemin
explain-error-internal = AWS a échoué ; il faut vérifier si quelque chose a été fait
explain-error-dry-run = Un essai à blanc : l’appel aurait été autorisé, et rien n’a été fait
explain-error-opt-in = Le compte n’est pas inscrit à ce service
explain-error-state = L’état de la ressource ne le permet pas
explain-error-sign-in = La connexion a été refusée
explain-error-model = Le modèle derrière le point de terminaison a échoué
explain-error-other = Ce code n’est pas dans les tables de ce programme
explain-note-minted = La clé de la session créée par cet appel : chercher ce qu’on en a fait
explain-note-minted-until = La session fonctionne jusque-là, même si le rôle change ; il faut une politique qui la refuse d’après sa date d’émission
explain-note-key-made = Une nouvelle clé de longue durée : chercher ce qu’on en a fait
explain-note-session-made = La session créée par cet appel
explain-note-url = Qui détient cette URL entre sans mot de passe ; AWS peut la masquer ici

# Scripts.
explain-verdict-clean = lu en entier, rien de suspect
explain-verdict-suspicious = suspect
explain-verdict-malicious = malveillant
explain-verdict-unknown = indéterminé : il n’a pas pu être lu en entier
explain-verdict-left-out = { $count ->
    [one] indéterminé : { $count } autre champ contenant du code n’a pas été examiné
   *[other] indéterminé : { $count } autres champs contenant du code n’ont pas été examinés
}
explain-verdict-lost = indéterminé : la requête portait un script que CloudTrail n’a pas enregistré
explain-problem-bare = { $kind } ({ $name })
explain-problem-line-bare = ligne { $line } : { $kind } ({ $name })
explain-masked = [… un secret, masqué]
explain-problem = { $kind } ({ $name }) : { $excerpt }
explain-problem-line = ligne { $line } : { $kind } ({ $name }) : { $excerpt }
explain-more-problems = { $count ->
    [one] et { $count } autre
   *[other] et { $count } autres
}
explain-script-incomplete = il n’a pas été lu jusqu’au bout, ou contient une partie illisible : ce qui manque n’est pas anodin pour autant
explain-script-undecodable = ce n’est du texte dans aucun codage connu de ce programme
explain-class-secret = un secret en clair
explain-class-package-source = un programme ou un paquet venu d’ailleurs
explain-class-execution-channel = un interpréteur ou un tunnel ouvert à l’extérieur
explain-class-download-and-run = du code téléchargé puis exécuté
explain-class-obfuscation = un contenu caché aux lecteurs
explain-class-credential-theft = des identifiants lus ou demandés
explain-class-exfiltration = des données envoyées au dehors
explain-class-miner = du minage de cryptomonnaie
explain-class-persistence = une persistance après redémarrage
explain-class-defence-evasion = une surveillance ou une limite désactivée
explain-class-privilege = une élévation de privilèges sur la machine
explain-class-lateral = un rebond vers d’autres identités ou machines
explain-class-discovery = une reconnaissance

# Particularités.
explain-odd-shared = Les copies d’un même appel dans plusieurs comptes, ou à un point de terminaison VPC, partagent cet identifiant ; ne les compter qu’une fois
explain-odd-shared-insight = Le début et la fin d’une même activité inhabituelle partagent cet identifiant
explain-odd-delayed = CloudTrail a livré cette trace en retard : une recherche antérieure l’a manquée
explain-odd-updated = Cette trace en corrige une autre, qui reste un élément de preuve : comparer les champs indiqués
explain-odd-outage = Une panne de CloudTrail : des événements de ce moment peuvent manquer ou tarder
explain-odd-addendum = CloudTrail signale une particularité de cette trace ; le motif n’est pas connu
explain-odd-request-absent = CloudTrail omet toute la requête au-delà de 100 Ko : son contenu est inconnu, et non vide
explain-odd-request-null = La requête est nulle alors que l’opération prend des paramètres : elle n’est pas enregistrée, comme pour certains échecs et événements de données
explain-odd-request-hidden = AWS masque toute la requête
explain-odd-response-absent = La réponse manque alors que l’appel modifie quelque chose : omise au-delà de 100 Ko, ou par un exportateur
explain-odd-hidden = AWS a remplacé la valeur : elle existait
explain-odd-cut = CloudTrail coupe ce champ à 1 Ko : la fin peut manquer
explain-odd-version-new = La trace a une forme plus récente que celle connue de ce programme ; les champs qu’il ignore ne sont pas expliqués
explain-odd-repeated = Un membre figure plusieurs fois ; CloudTrail n’écrit jamais cela, et un autre lecteur peut en retenir un autre. Ici, le dernier compte
explain-odd-service-details = Ce que le service a fait, dans ses propres termes
explain-odd-context = Les clés de condition et balises évaluées par IAM ; seuls les magasins d’événements les contiennent
explain-odd-mfa-used = Indique si la connexion a utilisé un second facteur
explain-odd-login-to = La page de la console à laquelle la connexion a mené
explain-odd-mobile = Indique s’il s’agissait de la console mobile
explain-odd-bytes-in = Octets envoyés par l’appelant
explain-odd-bytes-out = Octets reçus par l’appelant : la mesure de ce qui a pu sortir
explain-odd-sse = Chiffrement au repos de l’objet
explain-odd-authentication = Mode de signature de la requête ; QueryString signale une URL présignée, que n’importe qui a pu utiliser
explain-odd-signature = Version de la signature
explain-odd-window = La fenêtre de temps du décompte, borne de fin exclue
explain-odd-summary = Décomptes selon une dimension, et leur détail
explain-odd-insight = Ce qui est inhabituel, comparé aux jours précédents
explain-odd-edge = L’équipement hors d’AWS sur lequel l’appel a été fait

# Ce que la trace ne peut pas dire.
explain-unknown-aggregated = Quels appels se trouvent derrière les décomptes, et dans quel ordre
explain-unknown-insight = De quels appels il s’agit : il faut chercher les événements eux-mêmes
explain-unknown-sagemaker = Qui était derrière : tous ceux qui peuvent exécuter du code avec ce rôle d’exécution agissent sous le même nom. Des balises, une identité source, un utilisateur représenté ou l’URL présignée qui précède peuvent le dire
explain-unknown-session = Qui a endossé le rôle : la trace de l’appel AssumeRole qui a créé la session le dit
explain-unknown-account = De qui il s’agit dans l’autre compte : seules les traces de ce compte le disent
explain-unknown-caller-service = À la demande de qui le service a agi
explain-unknown-holder = Si la clé ou le mot de passe a servi à son propriétaire, ou à quelqu’un qui l’a volé
explain-unknown-none = Qui a fait l’appel
explain-unknown-private = Quelle machine avait cette adresse : les journaux de flux et les interfaces réseau du VPC peuvent le dire
explain-unknown-service = De quelle machine la demande est partie
explain-unknown-public = Quelle machine se trouvait derrière cette adresse
explain-unknown-endpoint = Quel modèle et quel rôle y servent : CreateEndpointConfig et CreateModel le disent
explain-unknown-invoke = Ce qui a été demandé au modèle et ce qu’il a répondu : CloudTrail ne l’enregistre jamais, la capture de données peut-être
explain-unknown-feature = Les valeurs des variables lues ou écrites
explain-unknown-url = Qui a ouvert l’URL, et d’où : son usage n’est pas un événement ; les premiers appels de la session le montrent
explain-unknown-run = Ce qu’a fait le code sur l’instance : seuls ses propres appels à AWS, les journaux de flux et CloudWatch Logs le montrent
explain-unknown-object = Le contenu de l’objet, et s’il est bien celui qu’on attend : comparer sa version et son empreinte
explain-unknown-assumed = Ce qu’a fait la session : chercher la clé d’accès que donne la réponse
explain-unknown-decrypt = Ce qui a été déchiffré : seul le contexte de chiffrement en donne une idée
explain-unknown-secret = Ce qu’est devenu le secret : qui l’a lu a pu le garder
explain-unknown-payload = Les données lues ou écrites
explain-unknown-answer = Le contenu de la réponse : celles des lectures ne sont pas enregistrées
explain-unknown-tool = Quel programme c’était vraiment : l’agent utilisateur n’est que déclaré
explain-unknown-integrity = Si elle est telle que CloudTrail l’a écrite : « rempart trail verify » vérifie le fichier d’après ses condensés

# Que regarder ensuite.
explain-next-aggregated = Les événements de données de la fenêtre, si une piste les enregistre un à un
explain-next-insight = Les événements de gestion de la même opération entre le début et la fin, par identité et par adresse
explain-next-on-behalf = Les autres appels pour l’utilisateur { $user }, et le nom que donne identitystore:DescribeUser
explain-next-sagemaker = Quels notebooks, applications, tâches et points de terminaison utilisent ce rôle ; quel CreatePresignedDomainUrl ou CreatePresignedNotebookInstanceUrl a précédé de peu ; si l’adresse est celle de SageMaker ou de quelqu’un qui a emporté les identifiants
explain-next-session = Tous les appels avec la clé { $key }, et l’appel AssumeRole dont la réponse la nomme : rempart case open --trail CHEMIN --suspect { $key }
explain-next-key = Tous les appels avec la clé { $key }, surtout depuis des adresses nouvelles pour elle : rempart case open --trail CHEMIN --suspect { $key }
explain-next-minted = Ce qui a été fait avec la nouvelle clé { $key } : rempart case open --trail CHEMIN --suspect { $key }
explain-next-denied = Ce que la même identité a tenté avant et après, et si elle a trouvé un autre chemin
explain-next-address = Qui d’autre est venu de { $address }, et si cette identité y avait déjà été vue
explain-next-shared = Les traces de même sharedEventID : celle du compte de l’appelant peut en dire plus
explain-next-addendum = La trace d’origine, et les recherches faites avant l’arrivée de celle-ci
explain-next-lifecycle = Quels notebooks ou domaines utilisent la configuration de cycle de vie « { $target } », et lesquels ont été démarrés ou créés depuis
explain-next-presigned = Les premiers appels du rôle d’exécution de « { $target } » après cette date, leur adresse et leur agent utilisateur
explain-next-endpoint = Les appels CreateEndpointConfig et CreateModel dont dépend « { $target } », et qui l’invoque depuis
explain-next-endpoint-config = Les modèles que nomme « { $target } », et le point de terminaison qui l’utilise
explain-next-model = D’où viennent l’image et les données du modèle « { $target } », et qui pouvait y écrire
explain-next-notebook = Ce que permet le rôle de « { $target } », sa configuration de cycle de vie, et qui l’ouvre par une URL présignée
explain-next-job = Les appels que « { $target } » a faits avec son rôle, la destination de ses sorties, sa durée et son coût
explain-next-domain = Les profils utilisateur de « { $target } », leurs rôles, et qui peut créer des URL présignées pour eux
explain-next-trail = Ce qui manque depuis : les autres pistes, les événements de données ailleurs, et le silence de « { $target } »
explain-next-iam = Ce que cela a rendu possible, et pour qui : rempart policy diff, puis les appels qui suivent
explain-next-object = Les autres lectures et écritures de « { $target } », et les modèles et tâches qui s’en servent
explain-next-key-policy = Qui utilise la clé « { $target } » depuis, et ce qu’elle chiffre
explain-next-secret = Ce qu’ouvre « { $target } », et s’il a servi ailleurs ; le renouveler
explain-next-changed = Les événements ultérieurs sur « { $target } », et s’il existe encore

# Opérations, par verbe et par objet.
explain-verb-create = créer { $thing }
explain-verb-delete = supprimer { $thing }
explain-verb-update = modifier { $thing }
explain-verb-describe = décrire { $thing }
explain-verb-list = lister { $thing }
explain-verb-get = lire { $thing }
explain-verb-put = définir { $thing }
explain-verb-start = démarrer { $thing }
explain-verb-stop = arrêter { $thing }
explain-verb-add = ajouter { $thing }
explain-verb-remove = retirer { $thing }
explain-verb-attach = attacher { $thing }
explain-verb-detach = détacher { $thing }
explain-verb-invoke = invoquer { $thing }
explain-verb-search = chercher dans { $thing }
explain-verb-register = enregistrer { $thing }
explain-verb-deregister = désenregistrer { $thing }
explain-verb-send = envoyer { $thing }
explain-verb-enable = activer { $thing }
explain-verb-disable = désactiver { $thing }
explain-verb-associate = associer { $thing }
explain-verb-disassociate = dissocier { $thing }
explain-verb-import = importer { $thing }
explain-verb-retry = relancer { $thing }
explain-verb-modify = modifier { $thing }
explain-verb-set = définir { $thing }
explain-verb-cancel = annuler { $thing }
explain-verb-schedule = planifier { $thing }
explain-verb-query = interroger { $thing }
explain-verb-publish = publier { $thing }
explain-verb-revoke = révoquer { $thing }
explain-verb-authorize = autoriser { $thing }
explain-verb-generate = générer { $thing }
explain-verb-upload = téléverser { $thing }
explain-verb-restore = restaurer { $thing }
explain-verb-rotate = renouveler { $thing }
explain-verb-copy = copier { $thing }
explain-verb-run = lancer { $thing }
explain-verb-terminate = résilier { $thing }
explain-verb-reboot = redémarrer { $thing }
explain-verb-lookup = consulter { $thing }
explain-verb-tag = étiqueter { $thing }
explain-verb-untag = désétiqueter { $thing }
explain-thing = « { $name } »
explain-thing-notebook-instance = { $number ->
    [one] une instance de notebook
   *[other] des instances de notebook
}
explain-thing-notebook-instance-lifecycle-config = { $number ->
    [one] une configuration de cycle de vie de notebooks
   *[other] des configurations de cycle de vie de notebooks
}
explain-thing-studio-lifecycle-config = { $number ->
    [one] une configuration de cycle de vie de Studio
   *[other] des configurations de cycle de vie de Studio
}
explain-thing-presigned-notebook-instance-url = { $number ->
    [one] une URL présignée d’instance de notebook
   *[other] des URL présignées d’instances de notebook
}
explain-thing-presigned-domain-url = { $number ->
    [one] une URL présignée de domaine
   *[other] des URL présignées de domaine
}
explain-thing-domain = { $number ->
    [one] un domaine
   *[other] des domaines
}
explain-thing-user-profile = { $number ->
    [one] un profil utilisateur
   *[other] des profils utilisateur
}
explain-thing-space = { $number ->
    [one] un espace
   *[other] des espaces
}
explain-thing-app = { $number ->
    [one] une application
   *[other] des applications
}
explain-thing-app-image-config = { $number ->
    [one] une configuration d’images d’application
   *[other] des configurations d’images d’application
}
explain-thing-model = { $number ->
    [one] un modèle
   *[other] des modèles
}
explain-thing-model-package = { $number ->
    [one] un paquet de modèle
   *[other] des paquets de modèle
}
explain-thing-model-package-group = { $number ->
    [one] un groupe de paquets de modèle
   *[other] des groupes de paquets de modèle
}
explain-thing-model-package-group-policy = { $number ->
    [one] la politique d’un groupe de paquets de modèle
   *[other] des politiques de groupes de paquets de modèle
}
explain-thing-endpoint = { $number ->
    [one] un point de terminaison
   *[other] des points de terminaison
}
explain-thing-endpoint-async = { $number ->
    [one] un point de terminaison de façon asynchrone
   *[other] des points de terminaison de façon asynchrone
}
explain-thing-endpoint-with-response-stream = { $number ->
    [one] un point de terminaison qui répond en flux
   *[other] des points de terminaison qui répondent en flux
}
explain-thing-endpoint-config = { $number ->
    [one] une configuration de point de terminaison
   *[other] des configurations de point de terminaison
}
explain-thing-endpoint-weights-and-capacities = { $number ->
    [one] les poids et capacités d’un point de terminaison
   *[other] des poids et capacités de points de terminaison
}
explain-thing-training-job = { $number ->
    [one] une tâche d’entraînement
   *[other] des tâches d’entraînement
}
explain-thing-processing-job = { $number ->
    [one] une tâche de traitement
   *[other] des tâches de traitement
}
explain-thing-transform-job = { $number ->
    [one] une tâche de transformation par lots
   *[other] des tâches de transformation par lots
}
explain-thing-hyper-parameter-tuning-job = { $number ->
    [one] une tâche de réglage d’hyperparamètres
   *[other] des tâches de réglage d’hyperparamètres
}
explain-thing-auto-ml-job = { $number ->
    [one] une tâche AutoML
   *[other] des tâches AutoML
}
explain-thing-auto-ml-job-v2 = { $number ->
    [one] une tâche AutoML
   *[other] des tâches AutoML
}
explain-thing-labeling-job = { $number ->
    [one] une tâche d’étiquetage
   *[other] des tâches d’étiquetage
}
explain-thing-compilation-job = { $number ->
    [one] une tâche de compilation
   *[other] des tâches de compilation
}
explain-thing-pipeline = { $number ->
    [one] un pipeline
   *[other] des pipelines
}
explain-thing-pipeline-execution = { $number ->
    [one] une exécution de pipeline
   *[other] des exécutions de pipeline
}
explain-thing-feature-group = { $number ->
    [one] un groupe de variables
   *[other] des groupes de variables
}
explain-thing-record = { $number ->
    [one] un enregistrement
   *[other] des enregistrements
}
explain-thing-code-repository = { $number ->
    [one] un dépôt de code
   *[other] des dépôts de code
}
explain-thing-monitoring-schedule = { $number ->
    [one] une planification de surveillance
   *[other] des planifications de surveillance
}
explain-thing-image = { $number ->
    [one] une image
   *[other] des images
}
explain-thing-image-version = { $number ->
    [one] une version d’image
   *[other] des versions d’image
}
explain-thing-cluster = { $number ->
    [one] un cluster
   *[other] des clusters
}
explain-thing-workforce = { $number ->
    [one] une équipe d’annotateurs
   *[other] des équipes d’annotateurs
}
explain-thing-workteam = { $number ->
    [one] une équipe de travail
   *[other] des équipes de travail
}
explain-thing-algorithm = { $number ->
    [one] un algorithme
   *[other] des algorithmes
}
explain-thing-experiment = { $number ->
    [one] une expérience
   *[other] des expériences
}
explain-thing-trial = { $number ->
    [one] un essai
   *[other] des essais
}
explain-thing-artifact = { $number ->
    [one] un artefact
   *[other] des artefacts
}
explain-thing-project = { $number ->
    [one] un projet
   *[other] des projets
}
explain-thing-inference-component = { $number ->
    [one] un composant d’inférence
   *[other] des composants d’inférence
}
explain-thing-session = { $number ->
    [one] une session
   *[other] des sessions
}
explain-thing-tag = { $number ->
    [one] une balise
   *[other] des balises
}
explain-thing-resource = { $number ->
    [one] une ressource
   *[other] des ressources
}
explain-thing-user = { $number ->
    [one] un utilisateur
   *[other] des utilisateurs
}
explain-thing-role = { $number ->
    [one] un rôle
   *[other] des rôles
}
explain-thing-group = { $number ->
    [one] un groupe
   *[other] des groupes
}
explain-thing-policy = { $number ->
    [one] une politique
   *[other] des politiques
}
explain-thing-policy-version = { $number ->
    [one] une version de politique
   *[other] des versions de politique
}
explain-thing-role-policy = { $number ->
    [one] une politique en ligne de rôle
   *[other] des politiques en ligne de rôle
}
explain-thing-user-policy = { $number ->
    [one] une politique en ligne d’utilisateur
   *[other] des politiques en ligne d’utilisateur
}
explain-thing-group-policy = { $number ->
    [one] une politique en ligne de groupe
   *[other] des politiques en ligne de groupe
}
explain-thing-assume-role-policy = { $number ->
    [one] la politique de confiance d’un rôle
   *[other] des politiques de confiance de rôles
}
explain-thing-access-key = { $number ->
    [one] une clé d’accès
   *[other] des clés d’accès
}
explain-thing-login-profile = { $number ->
    [one] un mot de passe de console
   *[other] des mots de passe de console
}
explain-thing-instance-profile = { $number ->
    [one] un profil d’instance
   *[other] des profils d’instance
}
explain-thing-mfa-device = { $number ->
    [one] un second facteur
   *[other] des seconds facteurs
}
explain-thing-virtual-mfa-device = { $number ->
    [one] un second facteur virtuel
   *[other] des seconds facteurs virtuels
}
explain-thing-caller-identity = { $number ->
    [one] sa propre identité
   *[other] sa propre identité
}
explain-thing-bucket = { $number ->
    [one] un compartiment
   *[other] des compartiments
}
explain-thing-bucket-policy = { $number ->
    [one] la politique d’un compartiment
   *[other] des politiques de compartiments
}
explain-thing-object = { $number ->
    [one] un objet
   *[other] des objets
}
explain-thing-key = { $number ->
    [one] une clé
   *[other] des clés
}
explain-thing-key-policy = { $number ->
    [one] la politique d’une clé
   *[other] des politiques de clés
}
explain-thing-key-deletion = { $number ->
    [one] la suppression d’une clé
   *[other] des suppressions de clés
}
explain-thing-data-key = { $number ->
    [one] une clé de données
   *[other] des clés de données
}
explain-thing-alias = { $number ->
    [one] un alias
   *[other] des alias
}
explain-thing-grant = { $number ->
    [one] une autorisation KMS
   *[other] des autorisations KMS
}
explain-thing-trail = { $number ->
    [one] une piste
   *[other] des pistes
}
explain-thing-logging = { $number ->
    [one] l’enregistrement d’une piste
   *[other] des enregistrements de pistes
}
explain-thing-event-selector = { $number ->
    [one] le sélecteur d’événements d’une piste
   *[other] les sélecteurs d’événements d’une piste
}
explain-thing-event = { $number ->
    [one] un événement
   *[other] des événements
}
explain-thing-repository = { $number ->
    [one] un dépôt
   *[other] des dépôts
}
explain-thing-repository-policy = { $number ->
    [one] la politique d’un dépôt
   *[other] des politiques de dépôts
}
explain-thing-registry-policy = { $number ->
    [one] la politique d’un registre
   *[other] des politiques de registres
}
explain-thing-secret = { $number ->
    [one] un secret
   *[other] des secrets
}
explain-thing-secret-value = { $number ->
    [one] la valeur d’un secret
   *[other] des valeurs de secrets
}
explain-thing-resource-policy = { $number ->
    [one] la politique d’une ressource
   *[other] des politiques de ressources
}
explain-thing-log-group = { $number ->
    [one] un groupe de journaux
   *[other] des groupes de journaux
}
explain-thing-instance = { $number ->
    [one] une instance
   *[other] des instances
}
explain-thing-function = { $number ->
    [one] une fonction
   *[other] des fonctions
}
explain-call-sts-AssumeRole = endosser un rôle
explain-call-sts-AssumeRoleWithSAML = endosser un rôle sur la foi d’un fournisseur SAML
explain-call-sts-AssumeRoleWithWebIdentity = endosser un rôle sur la foi d’un fournisseur OpenID Connect
explain-call-sts-AssumeRoot = devenir l’utilisateur racine d’un compte membre pour une opération
explain-call-sts-GetCallerIdentity = demander qui l’on est : le premier geste de bien des outils, et des voleurs d’identifiants
explain-call-sts-GetSessionToken = créer des identifiants temporaires pour un utilisateur
explain-call-sts-GetFederationToken = créer des identifiants temporaires pour un tiers
explain-call-kms-Decrypt = déchiffrer des données
explain-call-kms-Encrypt = chiffrer des données
explain-call-kms-GenerateDataKey = créer une clé de données, pour chiffrer
explain-call-kms-ScheduleKeyDeletion = planifier la suppression d’une clé
explain-call-kms-RetireGrant = rendre une autorisation KMS
explain-call-signin-ConsoleLogin = se connecter à la console
explain-call-signin-SwitchRole = changer de rôle dans la console
explain-call-s3-DeleteObjects = supprimer plusieurs objets à la fois
explain-call-s3-PutObject = écrire un objet
explain-call-s3-HeadObject = lire l’en-tête d’un objet
explain-call-ecr-BatchGetImage = lire le manifeste d’images
explain-call-ecr-PutImage = publier une image
explain-call-sagemaker-BatchGetRecord = lire plusieurs enregistrements
explain-call-sagemaker-PutRecord = écrire un enregistrement
explain-call-cloudtrail-StopLogging = arrêter l’enregistrement d’une piste
explain-call-cloudtrail-StartLogging = démarrer l’enregistrement d’une piste
explain-call-sagemaker-Search = chercher parmi les ressources de SageMaker
explain-call-logs-FilterLogEvents = chercher dans des événements de journaux
explain-call-config-SelectResourceConfig = interroger l’inventaire d’AWS Config
explain-call-metrics-sagemaker-BatchPutMetrics = enregistrer les mesures d’une expérience
explain-call-servicequotas-RequestServiceQuotaIncrease = demander un quota plus élevé
explain-call-iam-PassRole = confier un rôle
explain-call-iam-UpdateAssumeRolePolicy = modifier qui peut endosser un rôle
explain-call-iam-AttachRolePolicy = attacher une politique gérée à un rôle
explain-call-iam-AttachUserPolicy = attacher une politique gérée à un utilisateur
explain-call-iam-SetDefaultPolicyVersion = choisir la version d’une politique qui s’applique
explain-call-iam-ChangePassword = changer son propre mot de passe
explain-call-sagemaker-RenderUiTemplate = afficher un modèle d’interface d’étiquetage

# Pourquoi ces champs comptent.
explain-why-network-isolation = Avec l’isolation réseau, le conteneur n’atteint aucun réseau, pas même S3 : ce qui s’y exécute ne peut rien envoyer au dehors
explain-why-traffic-encryption = Sans cela, les conteneurs d’une tâche distribuée échangent des données en clair
explain-why-root-access = Être root sur le notebook permet à ses utilisateurs de défaire toutes les protections de la machine
explain-why-direct-internet = Décide si le notebook atteint Internet sans passer par votre VPC, là où rien ne filtre les sorties
explain-why-volume-key = La clé KMS qui chiffre le volume : qui la contrôle contrôle les données
explain-why-output-key = La clé KMS qui chiffre ce qui est écrit : une clé étrangère vous prive de vos données
explain-why-role = Le rôle avec lequel le code agit. Le confier n’est pas un événement : ce champ est la seule trace de iam:PassRole
explain-why-image = L’image du conteneur est le code exécuté : un registre étranger ou public, ou une étiquette au lieu d’un condensé, laisse d’autres le choisir
explain-why-lifecycle = Les scripts de cette configuration s’exécutent en root à chaque création ou démarrage du notebook
explain-why-lifecycle-content = Un script qui s’exécute sur toutes les instances utilisant cette configuration
explain-why-lifecycle-app = Type d’application qui exécute le script à son démarrage
explain-why-lifecycle-list = Configurations de cycle de vie attachées, ou exécutées par défaut
explain-why-url-duration = Durée de la session ouverte par l’URL
explain-why-url-expiry = Durée pendant laquelle l’URL elle-même peut servir
explain-why-url-profile = L’utilisateur dont l’URL ouvre les fichiers et le rôle : qui la détient agit en son nom
explain-why-url-space = L’espace que l’URL ouvre
explain-why-data-capture = La capture de données copie vers S3 les requêtes et réponses du point de terminaison : une preuve pour vous, ou une fuite vers qui possède le compartiment
explain-why-capture-target = Destination des copies des requêtes et des réponses
explain-why-subnets = Dans votre VPC, le trafic du code peut être filtré et journalisé
explain-why-security-groups = Ils décident de qui le code peut atteindre et de qui peut l’atteindre
explain-why-instance-type = Type et prix de la machine : les gros accélérateurs attirent les mineurs
explain-why-instance-count = Nombre de machines payées
explain-why-environment = Réglages du conteneur : des secrets y figurent souvent en clair, et certaines variables changent le code exécuté
explain-why-entry-point = La commande exécutée dans le conteneur à la place de celle de l’image
explain-why-arguments = Arguments de la commande exécutée dans le conteneur
explain-why-hyper-parameters = Par sagemaker_program et sagemaker_submit_directory, ils nomment le script exécuté et l’archive dont il vient
explain-why-model-data = Le modèle chargé : un fichier pickle ou exécutable qu’il contient exécute du code
explain-why-input-data = Origine des données : qui peut y écrire peut les empoisonner
explain-why-output-data = Destination des résultats et des modèles : un compartiment étranger est une exfiltration
explain-why-max-runtime = Durée maximale : une borne au coût d’un calcul détourné
explain-why-remote-debug = Ouvre un interpréteur dans le conteneur en marche par Systems Manager
explain-why-ssm-access = Ouvre un interpréteur sur les instances du point de terminaison par Systems Manager
explain-why-imds = La version 2 du service de métadonnées empêche le vol d’identifiants par requêtes forgées
explain-why-platform = Le système du notebook ; les anciens ne reçoivent plus de correctifs
explain-why-repository = Code cloné sur le notebook
explain-why-git-secret = Le secret avec lequel le dépôt est lu
explain-why-repository-url = D’où vient le code
explain-why-app-network = VpcOnly fait passer le trafic de Studio par votre VPC ; PublicInternetOnly l’en fait sortir directement
explain-why-auth-mode = Avec IAM, qui peut créer l’URL présignée d’un profil agit en son nom ; avec SSO, la personne est enregistrée
explain-why-vpc = Le VPC du domaine
explain-why-domain-role = Le rôle de tous ceux du domaine qui n’en ont pas de propre
explain-why-profile-role = Le rôle avec lequel agit le code de cet utilisateur
explain-why-sharing = Indique si les sorties des notebooks sont conservées dans S3 lors d’un partage
explain-why-sharing-target = Compartiment où les notebooks partagés sont conservés
explain-why-studio-instance = Type de machine des applications
explain-why-home-efs-key = La clé KMS qui chiffre le système de fichiers du domaine
explain-why-sso-user = L’utilisateur Identity Center à qui appartient le profil
explain-why-approval = L’approbation est ce qu’attendent les pipelines de déploiement : qui approuve décide de ce qui s’exécute
explain-why-resource-policy = Qui peut utiliser la ressource, y compris d’autres comptes
explain-why-models-served = Les modèles servis par le point de terminaison : rapprocher de CreateModel pour l’image, les données et le rôle
explain-why-config-used = La configuration qui décide des modèles servis : rapprocher de CreateEndpointConfig
explain-why-pipeline = Les étapes du pipeline : images, scripts et rôles y figurent
explain-why-pipeline-location = La définition vient de S3 : qui peut y écrire décide de ce qui s’exécute
explain-why-offline-store = Emplacement du magasin hors ligne
explain-why-online-key = La clé KMS du magasin en ligne
explain-why-source-cidrs = Adresses depuis lesquelles les annotateurs peuvent se connecter
explain-why-trust-policy = Qui peut endosser le rôle ; un compte étranger ou * l’ouvre
explain-why-policy-document = Les droits accordés, en JSON : chercher *, iam:PassRole et des comptes étrangers
explain-why-policy-arn = La politique gérée : AdministratorAccess et AmazonSageMakerFullAccess donnent beaucoup trop
explain-why-iam-user = Pour qui : un autre utilisateur que l’appelant signifie qu’un tiers pourra agir en son nom
explain-why-iam-role = Le rôle qui change
explain-why-boundary = La limite d’autorisations plafonne ce que l’identité pourra jamais faire
explain-why-max-session = Durée possible d’identifiants volés du rôle
explain-why-reset = Indique si l’utilisateur doit changer son mot de passe à la prochaine connexion ; avec false, celui qui l’a défini le connaît
explain-why-key-status = Indique si la clé fonctionne
explain-why-default-version = La version qui s’applique désormais
explain-why-saml = Qui signe ici peut être n’importe qui aux yeux des rôles qui lui font confiance
explain-why-oidc = Le fournisseur dont les rôles acceptent les jetons
explain-why-role-assumed = Le rôle endossé ; dans un autre compte, l’appel traverse les comptes
explain-why-session-name = Le nom sous lequel la session figure dans toutes les traces ; l’appelant le choisit
explain-why-duration = Durée de la session, en secondes
explain-why-source-identity = Suit la session où qu’elle aille
explain-why-external-id = Protège du problème de l’adjoint confus quand des tiers endossent le rôle
explain-why-session-policy = Restreint ce que la session peut faire
explain-why-session-tags = Balises auxquelles des politiques peuvent se fier ; l’appelant les a fixées
explain-why-mfa-serial = Le second facteur utilisé
explain-why-federation-principal = Le fournisseur SAML qui s’est porté garant
explain-why-bucket = Le compartiment ; son nom ne dit pas à quel compte il appartient
explain-why-object-key = L’objet : modèles, données et scripts se reconnaissent à leur chemin
explain-why-object-version = La version de l’objet : sans elle, la plus récente
explain-why-copy-source = D’où vient la copie
explain-why-object-acl = Une liste de contrôle d’accès peut rendre un objet public ou le donner à un autre compte
explain-why-bucket-policy = Qui peut utiliser le compartiment ; un compte étranger ou * l’ouvre
explain-why-public-block = Ce qui est à false ici peut devenir public
explain-why-versioning = Un versionnage suspendu perd ce qui est écrasé
explain-why-replication = Copie chaque nouvel objet ailleurs, peut-être vers un autre compte
explain-why-expiry = Peut supprimer des données, et des preuves, après un délai
explain-why-kms-key = La clé utilisée ou modifiée
explain-why-encryption-context = À quoi la clé a servi : les services y écrivent l’ARN de la ressource
explain-why-grantee = Qui peut désormais utiliser la clé, sans qu’aucune politique le montre
explain-why-grant-operations = Ce que le bénéficiaire peut faire avec la clé
explain-why-retiring = Qui peut mettre fin à l’autorisation
explain-why-lockout = True permet à une politique d’exclure tout le monde, son auteur compris
explain-why-key-policy = Qui peut utiliser et gérer la clé
explain-why-waiting = Jours avant la perte de la clé et de tout ce qu’elle chiffre
explain-why-trail = La piste concernée
explain-why-selectors = Quels événements la piste enregistre : les événements de données de SageMaker et S3 peuvent disparaître ici
explain-why-multi-region = False : les appels dans les autres Régions ne laissent pas de trace
explain-why-validation = False : pas de condensés, et les modifications des journaux ne peuvent plus être prouvées
explain-why-global-events = False : les appels IAM et STS ne laissent pas de trace dans cette piste
explain-why-log-bucket = Destination des journaux : un compartiment étranger vous en prive
explain-why-log-key = La clé KMS qui chiffre les journaux
explain-why-event-store = Le magasin d’événements concerné
explain-why-ecr-repository = Le dépôt : ses images sont du code que SageMaker exécute
explain-why-ecr-tag = L’étiquette : la déplacer change ce qui s’exécute partout où elle sert
explain-why-ecr-policy = Qui peut tirer et pousser des images, y compris d’autres comptes
explain-why-tag-mutability = Des étiquettes modifiables peuvent être déplacées vers une autre image
explain-why-scan = Indique si les images sont analysées lorsqu’elles sont poussées
explain-why-force = Supprime aussitôt, avec tout le contenu
explain-why-secret = Le secret
explain-why-secret-version = Quelle version : une ancienne peut encore ouvrir quelque chose
explain-why-secret-policy = Qui peut lire le secret, y compris d’autres comptes
explain-why-recovery = Jours pendant lesquels la suppression peut être annulée
explain-why-block-public = Indique si AWS vérifie que la politique n’ouvre pas le secret à tous
explain-why-target-variant = Quel modèle du point de terminaison répond
explain-why-tags = Les balises décident de l’accès là où des politiques les testent (ABAC)
explain-why-idle = Des applications inactives qui continuent de tourner restent utilisables, et coûtent
explain-why-container-repo = vpc ou platform : d’où l’image est tirée
explain-why-warm = Des instances maintenues entre deux tâches gardent ce qu’une tâche précédente y a laissé
explain-why-space-owner = L’utilisateur à qui appartient l’espace
explain-why-space-share = Un espace partagé montre les fichiers de l’un à tous

# Ce qu’AWS retient quand un champ manque.
explain-default-no-isolation = AWS retient false, le conteneur a un réseau
explain-default-no-encryption = AWS retient false, le trafic est en clair
explain-default-root = AWS retient Enabled, les utilisateurs sont root
explain-default-internet = AWS retient Enabled, le notebook atteint Internet
explain-default-own-key = AWS retient une clé qu’il gère lui-même, qu’aucune de vos politiques de clé ne limite
explain-default-no-vpc = AWS n’en retient aucun, le code s’exécute dans un réseau propre à SageMaker, avec accès à Internet
explain-default-no-capture = AWS n’en retient aucune, requêtes et réponses ne laissent pas de copie
explain-default-url-12h = AWS retient 43 200 secondes, soit 12 heures
explain-default-url-5min = AWS retient 300 secondes, soit 5 minutes
explain-default-imds-1 = AWS retient 1, et les deux versions répondent
explain-default-public-internet = AWS retient PublicInternetOnly
explain-default-off = AWS retient false
explain-default-one-day = AWS retient un jour
explain-default-disabled = AWS retient Disabled
explain-default-platform = AWS retient sa plateforme par défaut
explain-default-no-boundary = AWS n’en retient aucune, rien ne plafonne l’identité
explain-default-hour = AWS retient 3 600 secondes, soit une heure
explain-default-no-source-identity = aucune : il faut chercher la personne le long de la chaîne de rôles
explain-default-no-external-id = AWS n’en retient aucun
explain-default-full-session = la session a tous les droits du rôle
explain-default-no-reset = AWS retient false
explain-default-thirty-days = AWS retient 30 jours
explain-default-current-version = AWS retient la version courante, AWSCURRENT
explain-default-mutable = AWS retient MUTABLE
explain-default-one-region = AWS retient false, une seule Région est enregistrée
explain-default-log-plain = aucune clé à vous : S3 chiffre avec la sienne
explain-default-no-context = aucun n’a été donné
explain-default-global-on = AWS retient true
explain-default-profile-domain-role = AWS retient le rôle du domaine
