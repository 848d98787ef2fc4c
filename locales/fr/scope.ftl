# Suspects, périmètre, sessions, liens et couverture d’un dossier.

suspect-proposed = { $findings ->
    [one] { $findings } alerte
   *[other] { $findings } alertes
} issues de { $rules ->
    [one] { $rules } règle
   *[other] { $rules } règles
}, avant tout { $titles } ; { $principals ->
    [one] { $principals } identité a agi
   *[other] { $principals } identités ont agi
} depuis cette adresse
suspect-split = Seul ce qui a été fait depuis { $addresses } est attribué à l’intrus : l’usage y diffère du passé de l’identité. { $left ->
    [one] { $left } adresse habituelle est laissée
   *[other] { $left } adresses habituelles sont laissées
} de côté

scope-suspect = C’est le suspect { $suspect }, ou il s’en est servi
scope-proposed = Activité depuis { $suspect }, que les alertes désignent comme suspect
scope-minted = La session a été créée avec un identifiant du périmètre ({ $role })
scope-same-call = C’est la trace, dans l’autre compte, d’un appel du périmètre ({ $role })
scope-key-made = La clé a été créée avec un identifiant du périmètre, pour l’utilisateur { $user }
scope-password-made = Un mot de passe de console pour { $user } a été créé avec un identifiant du périmètre, et cette connexion a suivi
scope-presigned = Une URL pour { $target } a été créée avec un identifiant du périmètre, et le rôle de { $target } a ensuite servi depuis une adresse inhabituelle
scope-presigned-role-unknown = Une URL pour { $target } a été créée avec un identifiant du périmètre, et une session SageMaker a ensuite servi depuis une adresse inhabituelle ; le rôle de { $target } n’est pas connu
scope-runs-as = { $resource } a reçu son rôle, ou a été modifié ou démarré, avec un identifiant du périmètre, et son rôle a ensuite servi depuis une adresse inhabituelle
scope-trust-opened = La confiance du rôle { $role } a été ouverte au compte { $account } avec un identifiant du périmètre, et le rôle a ensuite été endossé depuis ce compte
scope-same-hand = La même identité a agi depuis { $address }, adresse inhabituelle pour elle et présente dans le périmètre
scope-opener = Il a servi à créer une URL pour { $target }, depuis un lieu inhabituel, avant l’usage de la session d’application du périmètre
scope-origin = Un identifiant du périmètre en provient

link-minted = { $from } a créé la session { $to } ({ $call })
link-created = { $from } a créé un identifiant dont { $to } s’est servi ({ $call })
link-presigned = { $from } a créé une URL qui a pu ouvrir { $to }
link-passed = { $from } a confié le rôle { $to } à une ressource ({ $call })
link-runs-as = { $from } a modifié ce qui s’exécute sous { $to } ({ $call })
link-same-call = { $from } et { $to } sont deux traces d’un même appel
link-same-address = { $from } et { $to } ont agi depuis la même adresse

person-on-behalf-of = Les appels portent l’utilisateur Identity Center pour qui ils ont été faits
person-source-identity = L’identité source a été fixée lors du premier changement de rôle et ne peut plus changer ensuite
person-user = L’identifiant appartient à cet utilisateur
person-root = C’est l’utilisateur racine du compte
person-chain = { $steps ->
    [one] { $steps } appel enregistré mène
   *[other] { $steps } appels enregistrés mènent
} de cette personne à la session
person-session-name = Le fournisseur d’identité a donné à la session le nom de cette personne
person-url = Cet appelant a créé l’URL qui a pu ouvrir la session
person-candidate-live = Le rôle est celui de { $place }, dont une application fonctionnait
person-candidate-stopped = Le rôle est celui de { $place }, dont l’application avait été arrêtée
person-candidate-unknown = Le rôle est celui de { $place } ; les journaux ne disent pas si une application fonctionnait

mark-new-address = Utilisée depuis { $address }, où cette identité n’avait jamais été vue
mark-new-agent = Utilisée avec un client que cette identité n’avait jamais employé : { $agent }
mark-off-platform = Une session créée par SageMaker pour du code sur ses instances a servi de l’extérieur : { $count ->
    [one] { $count } appel
   *[other] { $count } appels
} depuis une adresse publique nouvelle pour le rôle
mark-after-stop = Utilisée après l’arrêt du notebook { $notebook }, seul à porter ce rôle ({ $stopped }) : { $count ->
    [one] { $count } appel
   *[other] { $count } appels
}
mark-no-origin = Un identifiant temporaire dont aucune trace ne montre la création

coverage-none = Aucun événement de ce type dans aucune Région : non enregistré, non livré, ou rien de tel ne s’est produit
coverage-stopped = La piste a été arrêtée ou supprimée le { $time }, et aucune trace ne suit
coverage-narrowed = { $call } a modifié le { $time } ce qu’une piste de ce compte enregistre : la suite peut être partielle

left-out-events = { $count ->
    [one] { $count } trace ultérieure du périmètre dépasse
   *[other] { $count } traces ultérieures du périmètre dépassent
} la limite de mémoire : aucune réponse n’en tient compte
left-out-around = { $count ->
    [one] { $count } trace ultérieure de tiers dépasse
   *[other] { $count } traces ultérieures de tiers dépassent
} la limite de mémoire : la filiation et la réponse peuvent être incomplètes
left-out-index = { $count ->
    [one] { $count } identifiant ou fait dépasse
   *[other] { $count } identifiants et faits dépassent
} la limite de mémoire : des liens peuvent manquer
left-out-nearby = { $count ->
    [one] { $count } identité a
   *[other] { $count } identités ont
} aussi agi depuis { $address }, sans autre lien avec le dossier : { $principals }. Une même adresse ne prouve rien à elle seule ; désignez-en une comme suspect pour l’inclure

integrity-not-checked = Les fichiers n’ont pas été vérifiés : aucun condensé n’était disponible. Recueillir les fichiers CloudTrail-Digest avec leurs signatures, et les clés publiques
