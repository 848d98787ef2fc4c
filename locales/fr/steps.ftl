# Étapes de la chronologie : ce qui a été fait, tel qu'une personne le raconterait.
list-more = { $items } et { $count ->
    [one] { $count } autre
   *[other] { $count } autres
}
list-pair = { $first }, { $rest }
everybody = tout le monde
nobody-named = une ressource que l’enregistrement ne nomme pas
size-bytes = { $count ->
    [one] { $count } octet
   *[other] { $count } octets
}
size-kilo = { $count } ko
size-mega = { $count } Mo
size-giga = { $count } Go
size-tera = { $count } To
step-all-failed = Tentative refusée ou en échec : { $what } ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
})
step-some-failed = { $what } ; { $failed } sur { $count ->
    [one] { $count } appel
   *[other] { $count } appels
} en échec
step-other = Appels sans signification propre : { $calls }
step-who-am-i = Utilisation des identifiants de { $who } et vérification de l’identité obtenue
step-sign-in = Connexion en tant que { $who }
step-enumerate = Reconnaissance dans { $services } : { $count ->
    [one] { $count } appel
   *[other] { $count } appels
}, dont { $failed ->
    [one] { $failed } refusé ou en échec
   *[other] { $failed } refusés ou en échec
}
step-assume-role = Ouverture d’une session du rôle { $what }
step-assume-role-foreign = Ouverture d’une session du rôle { $what } depuis le compte { $account }, étranger à l’organisation
step-assume-role-across = Passage au compte { $account } par le rôle { $what }
step-service-session = Ouverture par { $service } d’une session du rôle { $what }
step-presign = Création d’une URL qui ouvre { $what }
step-presign-other = Création d’une URL qui ouvre une session au nom d’une autre personne : profil { $what }
step-remote-session = Ouverture d’une session à distance sur { $what }
step-read-secrets = Lecture de secrets et de paramètres : { $what }
step-create-key = Création d’identifiants pour { $what }
step-create-key-other = Création d’une clé d’accès pour un autre utilisateur : { $what }
step-create-user = Création ou modification d’utilisateurs, de groupes ou de mots de passe : { $what }
step-weaken-sign-in = Affaiblissement de l’authentification : { $calls }
step-trust = Modification de la relation d’approbation du rôle { $what }
step-trust-foreign = Ouverture du rôle { $what } à { $strangers }
step-rights = Modification des droits de { $what }
step-rights-admin = Attribution de droits d’administrateur à { $what }
step-rights-removed = Retrait de stratégies à { $what }
step-create-role = Création ou modification de rôles : { $what }
step-assign-access = Attribution d’accès à des personnes ou à des projets : { $calls }
step-leave-guardrails = Affaiblissement des interdictions de l’organisation : { $calls }
step-lifecycle-script = Écriture du script de cycle de vie { $what }
step-lifecycle-script-hostile = Écriture du script de cycle de vie { $what } : il { $behaviour }
step-lifecycle-attach = Rattachement de la configuration de cycle de vie { $config } au notebook { $what }, puis redémarrage
step-lifecycle-attach-hostile = Rattachement au notebook { $what } de la configuration de cycle de vie { $config }, dont le script { $behaviour }, puis redémarrage
step-lifecycle-detach = Retrait de la configuration de cycle de vie du notebook { $what }
step-lifecycle-detach-delete = Retrait de la configuration de cycle de vie { $config } du notebook { $what }, puis suppression
step-lifecycle-remove = Suppression de la configuration de cycle de vie { $what }
step-notebook-change = Modification, arrêt ou démarrage du notebook { $what }
step-notebook-create = Création des notebooks { $what }
step-notebook-create-accelerated = Création de notebooks avec accélérateurs ({ $types }) : { $what }
step-studio-change = Modification de Studio : { $what }
step-run-job = Lancement de tâches : { $what }
step-run-job-written = Lancement d’une tâche sur des données écrites auparavant avec les mêmes identifiants : { $what }
step-run-job-accelerated = Lancement de tâches sur accélérateurs ({ $types }) : { $what }
step-job-foreign-output = Lancement d’une tâche qui écrit dans { $buckets }, hors de l’organisation : { $what }
step-mine = Lancement de tâches qui minent de la cryptomonnaie ({ $types }) : { $what }
step-run-pipeline = Modification ou lancement de pipelines : { $what }
step-start-compute = Démarrage ou modification de machines : { $what }
step-supply-code = Introduction de code ou d’images : { $what }
step-run-command = Exécution de commandes ou de fonctions sur { $what }
step-share-registry = Modification des accès à { $what }
step-share-registry-foreign = Ouverture de { $what } à { $strangers }
step-open-bucket = Modification des accès au compartiment { $what }
step-open-bucket-public = Ouverture du compartiment { $what } à tout le monde
step-open-bucket-foreign = Ouverture du compartiment { $what } à { $strangers }
step-close-bucket = Blocage de l’accès public au compartiment { $what }
step-key-access = Modification des accès à la clé { $what }
step-key-access-foreign = Ouverture de la clé { $what } à { $strangers }
step-share-snapshot = Copie ou partage de disques ou de systèmes de fichiers : { $calls }
step-list-objects = Énumération du compartiment { $what }
step-read-objects = Lecture de { $count ->
    [one] { $count } objet
   *[other] { $count } objets
} du compartiment { $what } ({ $size })
step-write-objects = Écriture de { $count ->
    [one] { $count } objet
   *[other] { $count } objets
} dans le compartiment { $what }
step-delete-objects = Suppression d’objets du compartiment { $what } ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
})
step-decrypt = Déchiffrement avec des clés : { $what }
step-read-features = Lecture d’enregistrements du groupe de caractéristiques { $what } ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
})
step-write-features = Écriture dans le groupe de caractéristiques { $what } ({ $count ->
    [one] { $count } appel
   *[other] { $count } appels
})
step-query-endpoint = { $count ->
    [one] { $count } requête adressée
   *[other] { $count } requêtes adressées
} au point de terminaison { $what }, dont { $failed ->
    [one] { $failed } refusée ou en échec
   *[other] { $failed } refusées ou en échec
}
step-query-data = Interrogation de données ou de journaux : { $calls }
step-pull-image = Téléchargement d’images de conteneurs : { $what }
step-package = Modification du registre de modèles : { $what }
step-package-approved = Approbation du package de modèle { $what }
step-package-approved-own = Enregistrement du package de modèle { $what }, approuvé avec les mêmes identifiants
step-model = Création du modèle { $what }
step-model-foreign-image = Création du modèle { $what } avec une image de conteneur extérieure : { $images }
step-endpoint-change = Modification de points de terminaison : { $what }
step-endpoint-move = Bascule du point de terminaison { $endpoint } sur la configuration { $config }
step-endpoint-move-unseen = Bascule du point de terminaison { $endpoint } sur la configuration { $config }, sans capture de données
step-stop-monitoring = Arrêt ou suppression de la surveillance { $what }
step-blind-trail = Restriction, détournement ou arrêt du journal CloudTrail { $what }
step-blind-detector = Désactivation ou affaiblissement de la détection : { $calls }
step-delete-logs = Suppression de journaux ou réduction de leur conservation : { $what }
step-delete-job-record = Arrêt de tâches ou suppression de leurs traces : { $what }
step-delete-resource = Suppression de { $count ->
    [one] { $count } ressource
   *[other] { $count } ressources
} : { $what }
step-disable-key = Désactivation de la clé { $what } ou programmation de sa suppression
step-versioning = Modification du versionnage ou du chiffrement du compartiment { $what }
step-versioning-suspended = Suspension du versionnage du compartiment { $what }
step-network = Modification du réseau : { $calls }
step-quota = Demande de relèvement de quotas ({ $count ->
    [one] { $count } demande
   *[other] { $count } demandes
})
step-use-model = Utilisation de modèles de fondation : { $calls }
step-send-mail = Envoi de messages : { $calls }
step-defend = Mesures prises par { $who } : { $what }
behaviour-execution-channel = ouvre un canal de commande vers l’extérieur
behaviour-download-and-run = télécharge et exécute du code
behaviour-obfuscation = dissimule ce qu’il fait
behaviour-credential-theft = vole les identifiants de la machine
behaviour-exfiltration = envoie des données à l’extérieur
behaviour-miner = mine de la cryptomonnaie
behaviour-persistence = s’installe pour durer
behaviour-defence-evasion = efface des traces ou neutralise des protections
behaviour-privilege = obtient plus de droits sur la machine
behaviour-lateral = cherche à atteindre d’autres machines ou identités
behaviour-discovery = explore l’environnement
behaviour-unknown = n’a pas pu être lu jusqu’au bout
