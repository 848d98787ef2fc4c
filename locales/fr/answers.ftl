# Ce que les réponses énoncent. Le premier nombre est celui de la question.
answer-step = { $time }, { $who } : { $what }
answer-step-other = { $time } : { $what }
answer-none = Aucune trace de { $what } dans les journaux qui existaient : { $count ->
    [one] { $count } enregistrement examiné
   *[other] { $count } enregistrements examinés
}, de { $from } à { $to }
answer-left-out = { $count ->
    [one] { $count } autre énoncé omis
   *[other] { $count } autres énoncés omis
} de cette liste
answer-log-management = événements de gestion
answer-log-s3 = événements de données S3
answer-log-endpoint = événements de données des points de terminaison
answer-log-feature = événements de données du magasin de caractéristiques
answer-log-other = autres événements de données
answer-log-network = événements d’activité réseau
none-q01 = l’accès à une ressource
none-q04 = l’exfiltration ou de l’altération de données ou de modèles
none-q05 = l’empoisonnement d’un modèle ou d’une attaque par un point de terminaison
none-q06 = la création ou de la modification de ressources
none-q08 = la modification ou de la suppression de journaux ou de pistes d’audit
none-q09 = la modification ou de l’abus de rôles et de stratégies
none-q10 = la modification de VPC, de groupes de sécurité, de routes ou de points de terminaison de VPC
none-q11 = l’usage de machines comme point d’entrée ou de rebond
none-q12 = l’usage de l’environnement contre des tiers
unknown-coverage = Ce qui n’a pas été enregistré des { $kind } du compte { $account }, région { $region }, pendant l’intrusion
unknown-nothing-in-scope = Aucun enregistrement n’entre dans le périmètre
unknown-inside = Ce qui s’est passé à l’intérieur des notebooks, des tâches et des conteneurs : commandes, requêtes, paquets installés. CloudTrail ne l’enregistre pas
unknown-disks = Les lectures de systèmes de fichiers (EFS, FSx) et de volumes (EBS) : aucun journal ne les contient
unknown-outside = Comment les premiers identifiants ont fuité : hameçonnage, fuite hors d’AWS ou vol sur un poste ne laissent rien dans CloudTrail
unknown-network-bytes = Si des octets ont quitté les instances par le réseau, et combien
unknown-versions = Si des versions antérieures des objets écrasés ou supprimés existent encore
unknown-feature-readers = Quels modèles et quelles applications ont lu les enregistrements modifiés du magasin de caractéristiques
unknown-meaning = L’effet des données modifiées sur un modèle : seuls les objets eux-mêmes peuvent le dire
unknown-alive-now = Si ces ressources existent encore aujourd’hui : seul un relevé du compte le dirait
unknown-agent-claimed = Si les outils sont bien ceux qu’annoncent les agents utilisateurs : le client choisit ce texte
unknown-never-delivered = Les événements jamais enregistrés ou jamais livrés
unknown-effective-rights = Ce que les modifications permettent réellement : aucune stratégie n’était disponible
unknown-before = Ce que disaient auparavant certaines des stratégies modifiées : aucun enregistrement antérieur ne les contient
unknown-packets = Le contenu des paquets
unknown-network-before = L’état du réseau avant le premier événement
unknown-which-person = Quelle personne, parmi plusieurs, a utilisé un rôle partagé, faute d’identité source ou d’utilisateur enregistré
unknown-traffic = Ce que les machines du compte ont envoyé à des tiers : CloudTrail n’enregistre pas le trafic
unknown-people = Combien de personnes les données concernent, et quelles catégories de données ont été lues
unknown-reach = Ce que les identifiants auraient pu atteindre d’autre : aucune stratégie n’était disponible
unknown-reach-part = Pour certaines ressources, les stratégies disponibles ne disent pas si elles étaient accessibles
unknown-versioning = Si les objets écrasés ou supprimés sont récupérables : l’état du versionnage à ce moment n’est pas connu
unknown-guardrails = Quels garde-fous auraient arrêté les appels : aucun n’a été évalué
unknown-controls = Quels contrôles étaient respectés au moment de l’intrusion : la configuration d’alors n’a pas été évaluée
collect-missing-logs = Les journaux des périodes citées : autres journaux CloudTrail, journal de l’organisation, CloudTrail Lake, historique des événements (90 jours)
collect-s3-access-logs = Les journaux d’accès au serveur des compartiments S3
collect-application-logs = Les journaux CloudWatch Logs des notebooks, des tâches et des points de terminaison (/aws/sagemaker/…)
collect-flow-logs = Les journaux de flux VPC des sous-réseaux concernés
collect-dns = Les journaux de requêtes de Route 53 Resolver
collect-guardduty = Les résultats de GuardDuty de la période, y compris archivés
collect-object-versions = Les versions d’objets et l’état du versionnage des compartiments : `aws s3api list-object-versions`, `get-bucket-versioning`
collect-artifacts = Les artefacts eux-mêmes, pour `rempart scan`
collect-data-capture = Les données capturées auparavant par les points de terminaison
collect-estate = L’état actuel des comptes : `rempart collect`
collect-digests = Les fichiers de synthèse (digests) de CloudTrail avec leurs signatures, pour `rempart trail verify`
collect-policies = Les stratégies des rôles, utilisateurs, compartiments et clés, et celles de l’organisation : `rempart collect`
collect-config-history = L’historique AWS Config des ressources citées
collect-data-classes = Les catégories de données personnelles que contiennent les compartiments et groupes de caractéristiques, et le nombre de personnes concernées
collect-posture = La configuration, évaluée : `rempart posture`
q01-resources = { $kind } dans { $place } : { $count ->
    [one] { $count } ressource
   *[other] { $count } ressources
} ; appels en lecture : { $read }, en écriture : { $written }, en suppression : { $deleted }, refusés ou en échec : { $failed }. { $what }
q02-first = Premier événement attribué à l’intrus : { $time }, { $call } par { $who } depuis { $address }
q02-proved = Établi : { $pattern }. { $how }
q02-rejected = Aucune trace, dans les journaux qui existaient, de cette voie d’entrée : { $pattern } ({ $why })
q02-untestable = Non vérifiable : { $pattern } ({ $why })
q02-chain = { $time } : { $what }
entry-1 = clé à long terme utilisée depuis un nouveau réseau
entry-2 = connexion à la console
entry-3 = fournisseur d’identité ou personne fédérée
entry-4 = clé d’un rôle d’exécution utilisée hors du service
entry-5 = script de cycle de vie substitué ou modifié
entry-6 = nouvelle machine dotée d’un rôle plus puissant
entry-7 = URL présignée ou session à distance d’une autre personne
entry-8 = relation d’approbation ouverte, rôle endossé depuis un compte étranger
entry-9 = délégué détourné (confused deputy)
entry-10 = utilisateur racine
entry-11 = chaîne d’approvisionnement : image, package ou modèle introduit auparavant
entry-12 = stratégie de ressource ou partage admettant un principal étranger
entry-13 = fournisseur de produit délégué
q02-how-key = La clé { $key } de { $who } a été utilisée depuis { $addresses }, où ce principal n’avait jamais été vu
q02-how-sign-in = Connexion de { $who } ({ $count ->
    [one] { $count } enregistrement
   *[other] { $count } enregistrements
})
q02-how-federated = { $who } a agi depuis { $addresses }, où cette personne n’avait jamais été vue
q02-how-off-service = Des sessions que SageMaker avait créées pour ses propres machines ont agi depuis l’extérieur : { $who }
q02-how-script = Le script de { $what } a été écrit par l’intrus
q02-how-compute = Des machines ont reçu les rôles { $roles }, dont des sessions ont agi ensuite
q02-how-url = Une session a été ouverte au nom de { $what }
q02-how-trust = Comptes étrangers impliqués : { $accounts }
q02-how-deputy = Un service a agi pour les comptes étrangers { $accounts }
q02-how-root = L’utilisateur racine a agi, ou une session à son nom a été ouverte
q02-how-supply = Possible : d’autres avaient introduit { $images } depuis l’extérieur
q02-how-share = Des appelants des comptes étrangers { $accounts } ont atteint directement des ressources
q02-how-delegate = Un fournisseur délégué a appelé : { $accounts }
why-no-key = les premiers identifiants du périmètre ne sont pas des clés à long terme à de nouvelles adresses
why-no-sign-in = le périmètre ne contient aucune connexion
why-no-federation = aucune session fédérée venue d’une nouvelle adresse n’ouvre le périmètre
why-no-off-service = aucune session créée par SageMaker n’a agi depuis une adresse inhabituelle
why-no-script = le périmètre ne contient aucun script de cycle de vie suspect
why-no-compute = aucun rôle donné à une nouvelle machine n’a agi ensuite
why-no-url = le périmètre ne contient aucune URL ni session à distance pour autrui
why-no-trust = aucun rôle n’a été ouvert à un compte étranger ni endossé depuis l’un d’eux
why-no-deputy = aucun enregistrement du périmètre ne cite de compte source étranger
why-no-root = aucun enregistrement du périmètre ne provient de l’utilisateur racine
why-no-scan = les images, packages et modèles antérieurs sont à analyser
why-no-share = aucun appelant étranger n’a atteint directement une ressource
why-no-delegate = aucun enregistrement du périmètre n’a été produit pour un fournisseur délégué
q04-read = { $count ->
    [one] { $count } objet lu
   *[other] { $count } objets lus
} dans le compartiment { $bucket } par { $who } depuis { $addresses } : { $bytes } octets sortis de S3 ({ $size }) ; appels refusés ou en échec : { $failed }
q04-written = { $count ->
    [one] { $count } objet écrit ou écrasé
   *[other] { $count } objets écrits ou écrasés
} dans le compartiment { $bucket } par { $who } depuis { $addresses } ; appels refusés ou en échec : { $failed }
q04-deleted = { $count ->
    [one] { $count } objet supprimé
   *[other] { $count } objets supprimés
} du compartiment { $bucket } par { $who } depuis { $addresses } ; appels refusés ou en échec : { $failed }
q04-output-of = Lancement d’une écriture de données de { $inputs } vers le compartiment { $bucket }, hors de l’organisation : { $jobs }
q04-output = Lancement avec une sortie dans le compartiment { $bucket }, hors de l’organisation : { $jobs }
q04-foreign-key = La sortie est chiffrée avec une clé étrangère : { $keys }
q05-job = { $time } : la tâche { $to }, lancée par { $who }, lit des données écrites par l’intrus : { $from }
q05-package = { $time } : le package de modèle { $to } contient le résultat de { $from }
q05-approved = { $time } : le package de modèle { $to } a été approuvé par { $who }
q05-model = { $time } : le modèle { $to }, créé par { $who }, utilise { $from }
q05-outside = { $time } : le modèle { $to }, créé par { $who }, exécute du code ou des données extérieurs à l’organisation : { $from }
q05-config = { $time } : la configuration de point de terminaison { $to } déploie { $from }
q05-endpoint = { $time } : le point de terminaison { $to } a été basculé sur la configuration { $from } par { $who }
q05-extraction = { $count ->
    [one] { $count } requête adressée
   *[other] { $count } requêtes adressées
} au point de terminaison { $endpoint } en { $minutes } minutes depuis { $address }, à un rythme régulier, comme pour copier un modèle par ses réponses ({ $failed } refusées ou en échec)
q05-queries = { $count ->
    [one] { $count } requête adressée
   *[other] { $count } requêtes adressées
} au point de terminaison { $endpoint } en { $minutes } minutes depuis { $address } ({ $failed } refusées ou en échec)
q06-alive = Créé et non supprimé, d’après les journaux : { $kind } { $what } ({ $time })
q06-gone = Créé puis supprimé : { $kind } { $what } (création { $time }, suppression { $deleted } par { $who })
q06-changed = Modifié : { $kind } { $what } ({ $calls })
q06-deleted = Supprimé : { $kind } { $what } ({ $deleted }, par { $who })
q07-agent = { $who } déclare son outil dans { $count ->
    [one] { $count } appel
   *[other] { $count } appels
}, de { $from } à { $to } : { $tool }, « { $agent } »
q07-new-agent = { $who } déclare un outil que ce principal n’avait jamais utilisé, dans { $count ->
    [one] { $count } appel
   *[other] { $count } appels
}, de { $from } à { $to } : { $tool }, « { $agent } »
q07-no-agent = { $who } ne déclare aucun outil dans { $count ->
    [one] { $count } appel
   *[other] { $count } appels
}, de { $from } à { $to }
q07-services = Services appelés ainsi par { $who }, avec le nombre d’appels : { $services }
tool-cli = ligne de commande AWS
tool-boto = SDK Python
tool-terraform = Terraform
tool-sdk = un SDK AWS
tool-browser = un navigateur
tool-service = un service AWS
tool-other = un outil d’un autre nom
q08-excludes = Les nouveaux sélecteurs du journal CloudTrail { $trail } écartent des événements selon { $fields }
q08-redirected-foreign = Le journal CloudTrail { $trail } a été dirigé vers le compartiment { $bucket }, hors de l’organisation
q08-redirected = Le journal CloudTrail { $trail } a été dirigé vers le compartiment { $bucket }
q08-no-validation = La validation des fichiers a été désactivée pour le journal CloudTrail { $trail }
q08-stopped = Arrêt de l’enregistrement des { $kind } du compte { $account }, région { $region } ; plus rien à partir de { $time }
q08-partial = À partir de { $time }, les { $kind } du compte { $account }, région { $region }, sont peut-être incomplets
q08-missing = Des fichiers des { $kind } du compte { $account }, région { $region }, manquent à partir de { $time }
q08-silent = Silence des { $kind } du compte { $account }, région { $region }, à partir de { $time } : non enregistrés, non livrés, ou rien ne s’est produit
q08-integrity = Intégrité des fichiers de journaux : { $what }
q09-document = { $call } a donné à { $what } cette stratégie : { $document }
q09-before = Auparavant, depuis { $time }, la stratégie de { $what } était : { $document }
q09-passed = Le rôle { $role } a été donné à ce que l’intrus a créé ou modifié ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q09-unusual = { $who } : { $count ->
    [one] { $count } type d’appel que ce principal n’avait jamais fait
   *[other] { $count } types d’appels que ce principal n’avait jamais faits
} avant le premier événement malveillant : { $calls }
q10-ports = Ports ouverts à Internet sur { $what } : { $ports }
q10-internet = { $count ->
    [one] { $count } notebook lancé
   *[other] { $count } notebooks lancés
} avec un accès direct à Internet : { $what }
q10-no-isolation = { $count ->
    [one] { $count } tâche ou modèle
   *[other] { $count } tâches ou modèles
} sans isolation réseau : { $what }
q10-no-vpc = { $count ->
    [one] { $count } tâche ou modèle
   *[other] { $count } tâches ou modèles
} hors de tout VPC du compte : { $what }
q12-hosts = Des scripts et points d’entrée citent des hôtes extérieurs à AWS : { $hosts }
q12-denied = { $count ->
    [one] { $count } appel refusé
   *[other] { $count } appels refusés
}, comme pour essayer des portes : { $services }
q13-objects-read = Confidentialité, établi : { $count ->
    [one] { $count } objet lu
   *[other] { $count } objets lus
}, { $bytes } octets ({ $size })
q13-secrets-read = Confidentialité, établi : secrets et paramètres lus : { $what }
q13-queried = Confidentialité, établi : modèles ou caractéristiques interrogés : { $what }
q13-opened = Confidentialité, établi : ouvert à des tiers : { $what }
q13-exported = Confidentialité, établi : export lancé hors de l’organisation : { $what }
q13-objects-written = Intégrité, établi : { $count ->
    [one] { $count } objet écrit ou écrasé
   *[other] { $count } objets écrits ou écrasés
}
q13-features-written = Intégrité, établi : enregistrements des groupes de caractéristiques { $what } écrits ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
})
q13-downstream = Intégrité, établi : { $count ->
    [one] { $count } ressource dépend
   *[other] { $count } ressources dépendent
} de ce que l’intrus a écrit ou introduit : { $what }
q13-deleted = Disponibilité, établi : { $count ->
    [one] { $count } ressource supprimée
   *[other] { $count } ressources supprimées
} : { $what }
q13-objects-deleted = Disponibilité, établi : { $count ->
    [one] { $count } objet supprimé
   *[other] { $count } objets supprimés
}
q13-keys = Disponibilité, établi : clés désactivées ou vouées à la suppression, et avec elles ce qu’elles chiffrent : { $what }
q13-versioning = Disponibilité, établi : versionnage suspendu, les suppressions ultérieures étant définitives : { $what }
q13-cost = Coût, établi : { $count ->
    [one] { $count } instance
   *[other] { $count } instances
} avec accélérateurs lancées ({ $types })
q13-possible = Possible : { $count ->
    [one] { $count } ressource
   *[other] { $count } ressources
} de type { $kind } accessibles : { $what }
q13-possible-if = Possible sous condition : { $count ->
    [one] { $count } ressource
   *[other] { $count } ressources
} de type { $kind } : { $what }
q14-key = Isoler : désactiver la clé { $key } de { $who }
q14-created-key = Isoler : désactiver la clé { $key } que l’intrus a créée pour { $who }
q14-revoke = Isoler : révoquer les sessions du rôle { $role } ouvertes jusqu’à { $time }
q14-trust = Isoler : retirer les principaux étrangers de la relation d’approbation de { $what }
q14-rights = Isoler : retirer les droits ajoutés à { $what }
q14-share = Isoler : retirer les principaux étrangers de la stratégie de { $what }
q14-bucket = Isoler : bloquer l’accès public et rétablir la stratégie de { $what }
q14-logging = Isoler : rétablir les journaux et la détection tels qu’avant { $calls }
q14-notebooks = Sauvegarder le volume, puis arrêter : { $count ->
    [one] { $count } notebook créé
   *[other] { $count } notebooks créés
} par l’intrus : { $what }
q14-notebook-changed = Sauvegarder le volume, puis arrêter le notebook modifié par l’intrus : { $what }
q14-jobs = Arrêter { $count ->
    [one] { $count } tâche
   *[other] { $count } tâches
} de l’intrus après avoir sauvegardé description et résultats : { $what }
q14-packages = Sauvegarder, puis rejeter { $count ->
    [one] { $count } package de modèle
   *[other] { $count } packages de modèle
} de l’intrus : { $what }
q14-created = Sauvegarder la description, puis retirer { $count ->
    [one] { $count } ressource
   *[other] { $count } ressources
} de l’intrus : { $what }
q14-endpoint-back = Rétablir : rebasculer le point de terminaison { $endpoint } sur la configuration { $config } du { $time }
q14-endpoint = Rétablir : rebasculer le point de terminaison { $endpoint } ; sa configuration antérieure ne figure pas dans les journaux
q14-objects-written = Rétablir : les objets de { $buckets } à partir des versions antérieures à { $time } ({ $count ->
    [one] { $count } écriture
   *[other] { $count } écritures
})
q14-objects-deleted = Rétablir : les objets supprimés de { $buckets } ({ $count ->
    [one] { $count } suppression
   *[other] { $count } suppressions
} à partir de { $time }), depuis les versions ou une sauvegarde
q14-features = Rétablir : les enregistrements de { $count ->
    [one] { $count } groupe de caractéristiques
   *[other] { $count } groupes de caractéristiques
} depuis le magasin hors ligne : { $what }
q14-keys = Rétablir : annuler la suppression de { $count ->
    [one] { $count } clé
   *[other] { $count } clés
} et la réactiver : { $what }
q14-versioning = Rétablir : réactiver le versionnage de { $count ->
    [one] { $count } compartiment
   *[other] { $count } compartiments
} : { $what }
q14-rebuild = Reconstruire { $count ->
    [one] { $count } ressource supprimée
   *[other] { $count } ressources supprimées
} : { $what }
q14-done = Déjà fait, { $time }, par { $who } : { $call }, { $what }
q15-guardrail = Le garde-fou { $guardrail } aurait arrêté des appels de { $findings ->
    [one] { $findings } constat
   *[other] { $findings } constats
}, qui { $findings ->
    [one] porte
   *[other] portent
} sur { $count ->
    [one] { $count } appel du périmètre
   *[other] { $count } appels du périmètre
}
q15-long-term-key = Des clés à long terme étaient en usage : { $who }
q15-no-mfa = Sessions ouvertes sans second facteur d’authentification : { $who }
q15-other-profile = Une URL pour le profil d’une autre personne a pu être créée ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-admin = Des droits sur tout ont pu être attribués ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-foreign-trust = Un rôle a pu être ouvert à un compte étranger ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-create-key = Un rôle de machine a pu créer des clés d’accès pour des utilisateurs ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-public = Un compartiment a pu être ouvert à tout le monde ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-foreign-output = Des tâches ont pu écrire hors de l’organisation ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-foreign-image = Des images extérieures ont pu être exécutées ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-no-isolation = L’isolation réseau n’était pas exigée ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-internet = L’accès direct à Internet n’était pas interdit ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-root-access = L’accès root aux notebooks n’était pas interdit ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-no-capture = La capture de données n’était pas exigée des points de terminaison ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
q15-log-control = Les journaux et la détection ont pu être modifiés depuis le compte qu’ils surveillent ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
}) : { $what }
headline-nothing = Aucun enregistrement n’entre dans le périmètre
headline-impact = De { $from } à { $to }, à partir des identifiants de { $who } et de l’adresse { $address }, un intrus a agi dans { $accounts } et causé des dommages ({ $steps ->
    [one] { $steps } étape
   *[other] { $steps } étapes
})
headline-tampering = De { $from } à { $to }, à partir des identifiants de { $who } et de l’adresse { $address }, un intrus a agi dans { $accounts } et altéré des données ou des modèles ({ $steps ->
    [one] { $steps } étape
   *[other] { $steps } étapes
})
headline-exfiltration = De { $from } à { $to }, à partir des identifiants de { $who } et de l’adresse { $address }, un intrus a agi dans { $accounts } et exfiltré des données ({ $steps ->
    [one] { $steps } étape
   *[other] { $steps } étapes
})
headline-persistence = De { $from } à { $to }, à partir des identifiants de { $who } et de l’adresse { $address }, un intrus a agi dans { $accounts } et s’y est ménagé un accès durable ({ $steps ->
    [one] { $steps } étape
   *[other] { $steps } étapes
})
headline-activity = De { $from } à { $to }, à partir des identifiants de { $who } et de l’adresse { $address }, activité suspecte dans { $accounts } ({ $steps ->
    [one] { $steps } étape
   *[other] { $steps } étapes
})
indicator-address = L’intrus a appelé depuis cette adresse
indicator-agent = Le client de l’intrus s’est annoncé ainsi
indicator-key = L’intrus a utilisé cette clé
indicator-created-key = L’intrus a créé cette clé
indicator-role = L’intrus a agi avec des sessions de ce rôle
indicator-foreign-caller = L’intrus a appelé depuis ce compte
indicator-foreign-principal = L’intrus a ouvert un accès à ce compte
indicator-foreign-key = L’intrus a chiffré avec une clé de ce compte
indicator-bucket = L’intrus a utilisé ce compartiment, dont le nom porte un compte étranger
indicator-image = L’intrus a lancé ou demandé cette image extérieure
indicator-script = Un script ou un point d’entrée de l’intrus le cite
indicator-tls = Le client a demandé ce nom, qui n’est pas d’AWS
deadline-gdpr-33 = RGPD, article 33 : notification à l’autorité de contrôle dans les 72 heures suivant la prise de connaissance ({ $aware }), sauf risque improbable pour les personnes. À vous de décider si l’obligation s’applique
deadline-gdpr-34 = RGPD, article 34 : communication aux personnes concernées dans les meilleurs délais en cas de risque élevé pour elles (prise de connaissance : { $aware }). À vous de décider si l’obligation s’applique
deadline-nis2-early-warning = NIS2, article 23, paragraphe 4, point a) : alerte précoce dans les 24 heures suivant la prise de connaissance ({ $aware }). À vous de décider si l’obligation s’applique
deadline-nis2-notification = NIS2, article 23, paragraphe 4, point b) : notification d’incident dans les 72 heures suivant la prise de connaissance ({ $aware }). À vous de décider si l’obligation s’applique
deadline-nis2-final = NIS2, article 23, paragraphe 4, point d) : rapport final un mois après la notification, compté ici à partir de son échéance (prise de connaissance : { $aware }). À vous de décider si l’obligation s’applique
deadline-dora-initial = DORA, article 19 : notification initiale dans les 4 heures suivant la classification de l’incident comme majeur, et au plus 24 heures après la prise de connaissance ({ $aware }). À vous de décider si l’obligation s’applique
deadline-dora-intermediate = DORA, article 19 : rapport intermédiaire dans les 72 heures suivant la notification initiale, comptées ici à partir de son échéance (prise de connaissance : { $aware }). À vous de décider si l’obligation s’applique
deadline-dora-final = DORA, article 19 : rapport final dans le mois suivant le rapport intermédiaire, compté ici à partir de son échéance (prise de connaissance : { $aware }). À vous de décider si l’obligation s’applique
deadline-ai-act-73 = Règlement sur l’IA, article 73 : signalement d’un incident grave d’un système à haut risque, en général dans les 15 jours suivant la prise de connaissance ({ $aware }). Date d’application et délai à vérifier. À vous de décider si l’obligation s’applique
content-value = { $value }
content-unknown = inconnu : à compléter
content-from-to = de { $from } à { $to }
content-records = { $count ->
    [one] { $count } lecture d’objets ou d’enregistrements établie
   *[other] { $count } lectures d’objets ou d’enregistrements établies
}
content-nature = Nature de l’incident
content-period = Période
content-accounts = Comptes concernés
content-subjects = Catégories et nombre approximatif de personnes concernées
content-data = Catégories et nombre approximatif d’enregistrements de données
content-contact = Point de contact
content-measures = Mesures prises
content-severity = Gravité, d’après les constats
content-indicators = Indicateurs de compromission
content-affected = Services et utilisateurs touchés
content-system = Système et version concernés
content-causal = Lien de causalité avec le système
