# Suspects, scope, sessions, links and coverage of a case.

suspect-proposed = { $findings ->
    [one] { $findings } finding
   *[other] { $findings } findings
} of { $rules ->
    [one] { $rules } rule
   *[other] { $rules } rules
}, above all { $titles }; { $principals ->
    [one] { $principals } principal acted
   *[other] { $principals } principals acted
} from this address
suspect-split = Only what was done from { $addresses } is held to be the intruder's: there the use differs from the past of the principal. { $left ->
    [one] { $left } usual address is
   *[other] { $left } usual addresses are
} left out

scope-suspect = It is the suspect { $suspect }, or was used by it
scope-proposed = It acted from { $suspect }, which the findings propose as suspect
scope-minted = The session was made with a credential in scope ({ $role })
scope-same-call = It is the record that the other account has of a call in scope ({ $role })
scope-key-made = The key was made with a credential in scope, for user { $user }
scope-password-made = A console password for { $user } was made with a credential in scope, and this sign-in followed
scope-presigned = A URL for { $target } was made with a credential in scope, and the role of { $target } was then used from an unusual address
scope-presigned-role-unknown = A URL for { $target } was made with a credential in scope, and a SageMaker session was then used from an unusual address; which role { $target } has is not known
scope-runs-as = { $resource } was given its role, changed or started with a credential in scope, and its role was then used from an unusual address
scope-trust-opened = The trust of role { $role } was opened to account { $account } with a credential in scope, and the role was then assumed from there
scope-same-hand = The same principal acted from { $address }, an unusual address of it that is in scope
scope-opener = It made a URL for { $target }, from a place unusual for it, before the application session in scope was used
scope-origin = A credential in scope comes from it

link-minted = { $from } made the session { $to } ({ $call })
link-created = { $from } made a credential that { $to } used ({ $call })
link-presigned = { $from } made a URL that may have opened { $to }
link-passed = { $from } gave the role { $to } to a resource ({ $call })
link-runs-as = { $from } changed what runs as { $to } ({ $call })
link-same-call = { $from } and { $to } are records of one call
link-same-address = { $from } and { $to } acted from the same address

person-on-behalf-of = The calls carry the Identity Center user for whom they were made
person-source-identity = The source identity was set when the first role was assumed, and cannot be changed on the way
person-user = The credential belongs to this user
person-root = It is the root user of the account
person-chain = { $steps ->
    [one] { $steps } recorded call leads
   *[other] { $steps } recorded calls lead
} from this person to the session
person-session-name = The identity provider named the session after this person
person-url = This caller made the URL that may have opened the session
person-candidate-live = The role is that of { $place }, which had an application running
person-candidate-stopped = The role is that of { $place }, whose application had been stopped
person-candidate-unknown = The role is that of { $place }; whether an application was running, the logs do not say

mark-new-address = Used from { $address }, where the principal had never been seen
mark-new-agent = Used with a client that the principal had never used: { $agent }
mark-off-platform = A session that SageMaker made for code on its instances was used from outside: { $count ->
    [one] { $count } call
   *[other] { $count } calls
} from a public address that is new for the role
mark-after-stop = Used after notebook { $notebook }, the only one with this role, was stopped ({ $stopped }): { $count ->
    [one] { $count } call
   *[other] { $count } calls
}
mark-no-origin = A temporary credential, and no record shows how it was made

coverage-none = No event of this kind in any Region: not recorded, not delivered, or nothing of the kind happened
coverage-stopped = The trail was stopped or deleted at { $time }, and no record follows
coverage-narrowed = { $call } changed at { $time } what a trail of this account records: later records may be a part

left-out-events = { $count ->
    [one] { $count } later record in scope is
   *[other] { $count } later records in scope are
} over the bound on memory: counted in no answer
left-out-around = { $count ->
    [one] { $count } later record of others is
   *[other] { $count } later records of others are
} over the bound on memory: lineage and response may be incomplete
left-out-index = { $count ->
    [one] { $count } credential or fact is
   *[other] { $count } credentials and facts are
} over the bound on memory: links may be missing
left-out-nearby = { $count ->
    [one] { $count } principal
   *[other] { $count } principals
} also acted from { $address }, without another link to the case: { $principals }. The same address alone is no proof; name one as suspect to include it

integrity-not-checked = The files were not checked: no digest was at hand. Collect CloudTrail-Digest files with their signatures, and the public keys
