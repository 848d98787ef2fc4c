# One record in words.
explain-summary = { $time }, { $who } called { $call }, { $place }: { $outcome }
explain-summary-on = { $time }, { $who } called { $call } on { $target }, { $place }: { $outcome }
explain-summary-aggregated = This record counts calls of { $service } in account { $account } from { $from } to { $to }; it stands for no single call
explain-summary-insight = { $time }, CloudTrail Insights noticed an unusual rate of { $name } ({ $service }) in account { $account } ({ $state }); the record stands for no single call
explain-insight-start = start
explain-insight-end = end
explain-insight-other = neither start nor end
explain-time = On { $date } at { $clock } UTC
explain-time-unknown = At a time that the record does not tell
explain-section-who = Who
explain-section-what = What
explain-section-target = On what
explain-section-whence = From where
explain-section-outcome = Outcome
explain-section-fields = Fields that matter for security
explain-section-conditions = What a policy could have tested
explain-section-odd = Peculiarities of the record
explain-section-unknown = What this record cannot tell
explain-section-scripts = Scripts and settings in the request
explain-section-next = What to look at next
explain-yes = yes
explain-no = no
explain-not-recorded = not recorded
explain-absent = not given
explain-hidden = hidden by AWS
explain-see-scripts = see the scripts below
explain-list = { $items }
explain-bytes = { $bytes ->
    [one] { $bytes } byte
   *[other] { $bytes } bytes
}
explain-why-and-default = { $why }. Not given: { $default }

# Labels.
explain-label-identity = caller
explain-label-arn = ARN
explain-label-account = account
explain-label-issuer = role or user behind
explain-label-session = session name
explain-label-source-identity = source identity
explain-label-on-behalf = on behalf of
explain-label-mfa = second factor
explain-label-age = age of the session
explain-label-assumed-root = AssumeRoot session
explain-label-sign-in = sign-in session
explain-label-imds = instance metadata
explain-label-key = access key
explain-label-token = bearer token
explain-label-console = from the console
explain-label-invoked-by = called by
explain-label-provider = identity provider
explain-label-delegate = delegated account
explain-label-in-scope = in the scope of
explain-label-service = service
explain-label-operation = operation
explain-label-kind = kind of event
explain-label-effect = effect
explain-label-category = category
explain-label-action = guarded by
explain-label-region = Region
explain-label-time = time
explain-label-event-id = event id
explain-label-resource = resource
explain-label-more = more
explain-label-address = address
explain-label-endpoint = VPC endpoint
explain-label-endpoint-account = owner of the endpoint
explain-label-tag-profile = user profile by tag
explain-label-tag-space = space by tag
explain-label-tag-domain = domain by tag
explain-label-tls = encryption
explain-label-host = host that was called
explain-label-agent = user agent
explain-label-tool-kind = kind of client
explain-label-tool = tool
explain-label-system = system
explain-label-language = language
explain-label-command = command
explain-label-outcome = outcome
explain-label-error = error
explain-label-message = message of AWS
explain-label-denied-by = denied by
explain-label-policy = policy
explain-label-denied-action = denied action
explain-label-denied-resource = on
explain-label-answer = answer
explain-label-request = request
explain-label-repeated = repeated members
explain-label-unknown-call = the calls
explain-label-unknown-person = the person
explain-label-unknown-machine = the machine
explain-label-unknown-content = the content
explain-label-unknown-tool = the tool
explain-label-unknown-whole = authenticity
explain-label-decoded = decoded text
explain-label-problems = what is wrong with it

# Who.
explain-who-root = the root user of account { $account }
explain-who-user = the IAM user { $name }
explain-who-session = the session { $session } of the role { $role }
explain-who-session-unnamed = a session of the role { $role }
explain-who-role = the role { $name }
explain-who-federated = the federated user { $name }
explain-who-saml = the SAML user { $name }
explain-who-web = the web identity { $name }
explain-who-directory = the directory { $name }
explain-who-center = the Identity Center user { $name }
explain-who-account = someone in account { $account }
explain-who-service = the AWS service { $name }
explain-who-not-told = an identity that CloudTrail could not tell
explain-who-other = an identity of the type { $kind }
explain-who-none = an identity that is not recorded
explain-kind-root = The root user can do everything in the account and is beyond identity policies; only service control policies limit it, and in member accounts alone
explain-kind-user = An IAM user: a lasting identity with a password, access keys, or both
explain-kind-session = A session of a role: temporary credentials of someone, or something, that assumed the role
explain-kind-role = The role itself, without a session
explain-kind-federated = A session that GetFederationToken made for someone outside IAM; its rights are those of the user who asked, narrowed by a policy
explain-kind-saml = Someone whom a SAML identity provider vouched for, while asking for a session
explain-kind-web = Someone, or a workload, whom an OpenID Connect provider vouched for, while asking for a session
explain-kind-directory = A directory of Directory Service
explain-kind-center = A user of IAM Identity Center, outside any AWS account
explain-kind-account = The caller belongs to another account. This copy of the record, the one of the resource's owner, says no more
explain-kind-service = A service acted by itself, or assumed a role that trusts it
explain-kind-not-told = CloudTrail could not tell the identity; old events of Identity Center look like this too
explain-kind-other = This type of identity is not known to this program
explain-kind-untyped = The identity has no type, as in events that services write
explain-kind-empty = The identity is an empty object
explain-kind-null = The identity is null: AWS recorded none
explain-kind-absent = The record has no identity
explain-kind-broken = The identity is not an object: the record is damaged, or was changed
explain-note-other-account = The record was delivered to account { $recipient }: the call crosses accounts
explain-note-service-linked = A service-linked role: only the AWS service that it belongs to can assume it
explain-note-permission-set = A permission set of Identity Center: the session name is that of the person
explain-note-session-sagemaker = SageMaker gives this name to sessions that it makes for code on its instances: a notebook, a job or an endpoint acted with its execution role. Many people may share it
explain-note-session-instance = The name is the id of an EC2 instance: code on that instance acted with the role of its instance profile, if the name was not forged
explain-note-session-center = Identity Center names the session after the person who signed in
explain-note-session-sdk = A name that an SDK makes up when the program gives none
explain-note-session-chosen = Whoever assumed the role chose this name, unless the identity provider or a trust policy set it
explain-note-source-identity = Set when the first role was assumed, and unchangeable along the chain of roles: the best link to a person
explain-note-on-behalf = The Identity Center user for whom the call was made, in the store { $store }; identitystore:DescribeUser gives the name
explain-note-mfa = The session was opened with a second factor. Who steals its credentials afterwards has this mark as well
explain-note-no-mfa = Normal for credentials of services and workloads; of a person's session it says that no second factor was given
explain-age-minutes = { $minutes } min, since { $created }
explain-age-hours = { $hours } h { $minutes } min, since { $created }
explain-age-days = { $days } d { $hours } h, since { $created }
explain-age-negative = begun after the event, at { $created }
explain-note-age-negative = A session cannot act before it begins: a clock is wrong, or the record was changed
explain-note-age-long = More than 12 hours, the longest that a role allows: credentials that a service renews, or a background session
explain-note-assumed-root = Privileged task of the management account on a member account
explain-note-sign-in = One sign-in can be cut off by itself through the condition key aws:SignInSessionArn, without touching the role
explain-note-imds-1 = Version 1 of the instance metadata service gave the credentials: a forged request from the instance (SSRF) is enough to steal them
explain-note-imds-2 = Version 2 of the instance metadata service, which asks for a session token
explain-note-key-long = A long-term key of a user: it works until someone deactivates it, from anywhere
explain-note-key-temporary = A temporary key: it belongs to one session, and every call of this session carries it
explain-note-key-other = Neither the prefix of a long-term key (AKIA) nor that of a temporary one (ASIA)
explain-note-key-none = Sign-ins, calls of services and some other accounts' calls carry none
explain-note-token = The call was authenticated by a bearer token, not by a signature
explain-note-console = The credentials were made by a sign-in to the console and then used
explain-note-invoked-by = The caller did not make this request itself: this service did, with the caller's rights
explain-note-tag = Studio sets this tag on what its applications create; code that runs there can set another one: a claim, not a proof
explain-note-provider = It vouches for the caller: whoever controls it can act as anyone it knows
explain-note-delegate = A product provider acts with temporary delegated access
explain-note-in-scope = The credentials were issued for this resource

# What.
explain-call = { $name } ({ $service })
explain-call-in-words = { $name } ({ $service }: { $words })
explain-call-unnamed = an operation without a name
explain-service = { $name } ({ $source })
explain-note-source-unknown = No AWS service is known to record under this source
explain-note-alias = In words: { $words }. CloudTrail's own name for the API call { $api }
explain-note-alias-only = CloudTrail's own name for the API call { $api }
explain-note-operation-new = In words: { $words }. The service is known, this operation is not: newer than the tables of this program, or forged
explain-note-operation-unknown = Not an operation that the tables of this program know
explain-note-operation-plain = A known operation; this program has no plainer words for it
explain-event-call = a call of an API
explain-event-service = something that a service did by itself
explain-event-console = an action in the console that is no API call
explain-event-sign-in = a sign-in, or part of one
explain-event-network = activity at a VPC endpoint: another record of the same call may exist
explain-event-insight = the start or end of unusual activity
explain-event-aggregated = counts over a window of time
explain-event-other = { $kind }, which is not known
explain-reads = reads
explain-writes = changes or creates something
explain-note-reads-yet-writes = CloudTrail counts it as read-only, although it uses a key or mints credentials
explain-note-by-model = The record does not say; this follows from the model of the service
explain-category-management = management event: recorded by every trail unless excluded, and kept 90 days in Event history
explain-category-data = data event: recorded only by trails that ask for it, never in Event history
explain-category-network = network activity event: recorded only by trails that ask for it
explain-category-insight = Insights event
explain-category-aggregated = aggregated event: it proves no single call
explain-category-other = { $name }, which is not known
explain-note-category-derived = The record does not say; this follows from its other members
explain-note-action = IAM decides this call by these actions: it is with them that a policy allows or denies it
explain-note-global = A global service, recorded in us-east-1 wherever the caller is
explain-note-time = When the call was completed, in whole seconds of UTC; several events may bear the same

# On what.
explain-note-request-missing = Without the request nothing can be said about these fields, nor about defaults
explain-more-resources = { $count ->
    [one] { $count } more resource
   *[other] { $count } more resources
}
explain-note-resource-account = Belongs to account { $account }, not to the one that received this record
explain-note-key-arn = The condition key holds the ARN, whatever the request names
explain-note-key-presence = The condition key only says whether the field is there
explain-note-key-default = The API takes { $default }; whether AWS fills the condition key with it is not documented
explain-more-members = { $count ->
    [one] { $count } more member
   *[other] { $count } more members
}

# From where.
explain-from-public = from the public address { $address }
explain-from-private = from the private address { $address }
explain-from-service = through the service { $name }
explain-from-internal = from inside AWS
explain-from-none = from an address that is not recorded
explain-from-other = from “{ $text }”, which is no address
explain-note-public = A public address: the last one on the way to AWS, which may be a proxy, a VPN or a NAT gateway that many share
explain-note-private = A private address, seen through a VPC endpoint: it is unique only inside that VPC
explain-note-service = A service made the call; the address of the caller behind it is not recorded
explain-note-internal = The call came from inside AWS, such as the console's own servers
explain-note-no-address = The record has no address
explain-note-odd-address = Neither an address nor the name of a service: the record may have been changed
explain-note-endpoint = The call came through this endpoint: the caller's network is that VPC, or one joined to it
explain-note-endpoint-odd = Not the id of an endpoint; services write other texts here
explain-note-endpoint-account = The endpoint belongs to another account: the call came out of a network that is not yours
explain-tls = { $version }, { $cipher }
explain-note-tls-old = Outdated: AWS has asked for TLS 1.2 or later since 2024. An old client, or a forged record
explain-note-claimed = The client chooses this text: it proves nothing, and copying another tool's is easy
explain-note-attack-system = It names a distribution made for penetration tests
explain-agent-internal = a service inside AWS
explain-agent-console = the AWS console
explain-agent-service = a service that called for someone
explain-agent-browser = a browser

# Outcome.
explain-outcome-success = the call succeeded
explain-outcome-denied = access was denied
explain-outcome-failed = the call failed ({ $code })
explain-outcome-failed-silently = the call failed
explain-outcome-none = no single call stands behind this record
explain-note-success = The record has no error: AWS accepted the call
explain-note-denied = Nothing was read or changed by this call; the attempt itself is evidence
explain-denied-explicit = an explicit Deny in { $policy }
explain-denied-implicit = no Allow in { $policy }
explain-denied-unsaid = the message does not say which policy
explain-note-one-policy = AWS names one kind of policy even where several deny
explain-policy-scp = a service control policy
explain-policy-rcp = a resource control policy
explain-policy-identity = an identity-based policy
explain-policy-resource = a resource-based policy
explain-policy-boundary = a permissions boundary
explain-policy-session = a session policy
explain-policy-endpoint = a VPC endpoint policy
explain-policy-trust = a role trust policy
explain-error-vpce = The policy of the VPC endpoint stopped the call before it reached the service
explain-error-denied = The caller had no permission, or something forbade it
explain-error-throttled = Too many calls in a short time: scripts and scanners run into this
explain-error-invalid = The request was not well formed; permissions may not have been checked yet
explain-error-missing = What the call names does not exist, or the caller may not know that it does
explain-error-conflict = It exists already, or something else stands in the way
explain-error-limit = A quota of the account stopped it: with costly instances a sign of hijacked compute
explain-error-expired = The credentials had expired: someone used them after their time
explain-error-credential = AWS does not know the credentials, or they are deactivated
explain-error-signature = The signature is wrong: a wrong secret key, or a request changed on the way
explain-error-internal = AWS failed; whether something was done must be looked up
explain-error-dry-run = A dry run: it would have been allowed, and nothing was done
explain-error-opt-in = The account is not signed up for this service
explain-error-state = The resource is in a state that does not allow this
explain-error-sign-in = The sign-in was refused
explain-error-model = The model behind the endpoint failed
explain-error-other = This code is not in the tables of this program
explain-note-minted = The key of the session that this call made: look for its use
explain-note-minted-until = Until then the session works, even when the role is changed; a policy must deny it by its time of issue
explain-note-key-made = A new long-term key: look for its use
explain-note-session-made = The session that this call made
explain-note-url = Whoever holds this URL enters without a password; AWS may hide it here

# Scripts.
explain-verdict-clean = read completely, nothing suspicious found
explain-verdict-suspicious = suspicious
explain-verdict-malicious = malicious
explain-verdict-unknown = unknown: it could not be read completely
explain-verdict-left-out = { $count ->
    [one] unknown: { $count } more field with code was not examined
   *[other] unknown: { $count } more fields with code were not examined
}
explain-verdict-lost = unknown: the request carried a script that CloudTrail did not record
explain-problem-bare = { $kind } ({ $name })
explain-problem-line-bare = line { $line }: { $kind } ({ $name })
explain-masked = [… a secret, masked]
explain-problem = { $kind } ({ $name }): { $excerpt }
explain-problem-line = line { $line }: { $kind } ({ $name }): { $excerpt }
explain-more-problems = { $count ->
    [one] and { $count } more
   *[other] and { $count } more
}
explain-script-incomplete = it was not read to its end, or holds a part that cannot be read: what is missing here is not harmless for that
explain-script-undecodable = it is not text in any encoding that this program knows
explain-class-secret = a secret in plain text
explain-class-package-source = a program or package from elsewhere
explain-class-execution-channel = a shell or tunnel for someone outside
explain-class-download-and-run = code fetched and run
explain-class-obfuscation = content hidden from readers
explain-class-credential-theft = credentials read or asked for
explain-class-exfiltration = data sent away
explain-class-miner = mining of crypto-currency
explain-class-persistence = something that survives a restart
explain-class-defence-evasion = monitoring or limits switched off
explain-class-privilege = more rights on the machine
explain-class-lateral = a reach for other identities or machines
explain-class-discovery = a look around

# Peculiarities.
explain-odd-shared = Copies of one call in several accounts, or at a VPC endpoint, have this id in common; count them once
explain-odd-shared-insight = The start and the end of one unusual activity have this id in common
explain-odd-delayed = CloudTrail delivered the record late: an earlier search has missed it
explain-odd-updated = This record amends an earlier one, which stays evidence: compare the fields that it names
explain-odd-outage = An outage of CloudTrail: events of that time may be missing or late
explain-odd-addendum = CloudTrail says that something about this record is special; the reason is not known
explain-odd-request-absent = CloudTrail leaves the request out as a whole above 100 KB: what it said is unknown, not empty
explain-odd-request-null = The request is null although the operation takes parameters: not recorded, as for some failed calls and data events
explain-odd-request-hidden = AWS hides the whole request
explain-odd-response-absent = The answer is missing although the call changes something: left out above 100 KB, or by an exporter
explain-odd-hidden = AWS replaced the value: it was there
explain-odd-cut = CloudTrail cuts this field at 1 KB: the end may be missing
explain-odd-version-new = The record has a newer form than this program knows; fields that it does not know are not explained
explain-odd-repeated = A member stands more than once; CloudTrail never writes that, and other readers may take another one. The last one counts here
explain-odd-service-details = What the service did, in its own words
explain-odd-context = Condition keys and tags that IAM evaluated; only event data stores hold them
explain-odd-mfa-used = Whether the sign-in used a second factor
explain-odd-login-to = The page of the console that the sign-in led to
explain-odd-mobile = Whether it was the mobile console
explain-odd-bytes-in = Bytes that the caller sent
explain-odd-bytes-out = Bytes that the caller received: the measure of what may have left
explain-odd-sse = Encryption at rest of the object
explain-odd-authentication = How the request was signed; QueryString means a presigned URL, which anybody may have used
explain-odd-signature = Version of the signature
explain-odd-window = The window of time that is counted; the end is not part of it
explain-odd-summary = Counts by one dimension and its details
explain-odd-insight = What is unusual, compared with the days before
explain-odd-edge = The device outside AWS on which the call was made

# What the record cannot tell.
explain-unknown-aggregated = Which single calls stand behind the counts, and in which order
explain-unknown-insight = Which calls these were: the events themselves must be searched
explain-unknown-sagemaker = Who sat behind: everybody who can run code with this execution role acts under the same name. Tags, a source identity, a user on whose behalf it acts, or the presigned URL before it can tell
explain-unknown-session = Who assumed the role: the record of the AssumeRole call that made this session says it
explain-unknown-account = Who it was in the other account: only the records of that account say it
explain-unknown-caller-service = On whose wish the service acted
explain-unknown-holder = Whether its owner used the key or password, or someone who has stolen it
explain-unknown-none = Who made the call
explain-unknown-private = Which machine had this address: flow logs and the network interfaces of the VPC can tell
explain-unknown-service = From which machine the wish came
explain-unknown-public = Which machine behind this address it was
explain-unknown-endpoint = Which model and which role serve there: CreateEndpointConfig and CreateModel say it
explain-unknown-invoke = What was asked of the model and what it answered: CloudTrail never records it, data capture may
explain-unknown-feature = The values of the features that were read or written
explain-unknown-url = Who opened the URL, and from where: its use is no event of its own; the first calls of the session show it
explain-unknown-run = What the code on the instance did: only its own calls of AWS, flow logs and CloudWatch logs show it
explain-unknown-object = What the object holds, and whether it is the one that people expect: compare its version and digest
explain-unknown-assumed = What the session did: search for the access key that the answer names
explain-unknown-decrypt = What was decrypted: only the encryption context hints at it
explain-unknown-secret = What became of the secret: whoever read it may have kept it
explain-unknown-payload = The data that were read or written
explain-unknown-answer = What the answer held: answers of reads are not recorded
explain-unknown-tool = Which program it really was: the user agent is only claimed
explain-unknown-integrity = Whether it is as CloudTrail wrote it: “rempart trail verify” checks the file by its digests

# What to look at next.
explain-next-aggregated = The data events of the window, where a trail records them one by one
explain-next-insight = The management events of the same operation between start and end, by identity and address
explain-next-on-behalf = Other calls on behalf of the user { $user }, and the name that identitystore:DescribeUser gives
explain-next-sagemaker = Which notebooks, applications, jobs and endpoints run with this role; which CreatePresignedDomainUrl or CreatePresignedNotebookInstanceUrl came shortly before; whether the address belongs to SageMaker or to someone who took the credentials elsewhere
explain-next-session = All calls with the key { $key }, and the AssumeRole call whose answer names it: rempart case open --trail PATH --suspect { $key }
explain-next-key = All calls with the key { $key }, above all from addresses that are new for it: rempart case open --trail PATH --suspect { $key }
explain-next-minted = What was done with the new key { $key }: rempart case open --trail PATH --suspect { $key }
explain-next-denied = What the same identity tried before and after, and whether it found another way
explain-next-address = Who else came from { $address }, and whether this identity had been seen there before
explain-next-shared = The records with the same sharedEventID: the caller's account may say more
explain-next-addendum = The original record, and searches that were made before this one arrived
explain-next-lifecycle = Which notebooks or domains use the lifecycle configuration { $target }, and which of them were started or created since
explain-next-presigned = The first calls of the execution role of { $target } after this time, their address and user agent
explain-next-endpoint = The CreateEndpointConfig and CreateModel calls behind { $target }, and who invokes it since
explain-next-endpoint-config = The models that { $target } names, and the endpoint that uses it
explain-next-model = Where the image and the model data of { $target } come from, and who could write there
explain-next-notebook = What the role of { $target } may do, its lifecycle configuration, and who opens it with a presigned URL
explain-next-job = The calls that { $target } made with its role, where its output went, how long it ran and what it cost
explain-next-domain = The user profiles of { $target }, their roles, and who can make presigned URLs for them
explain-next-trail = What is missing since: other trails, data events elsewhere, and the silence of { $target }
explain-next-iam = What became possible by it, and for whom: rempart policy diff, then the calls that follow
explain-next-object = Other reads and writes of { $target }, and the models and jobs that use it
explain-next-key-policy = Who uses the key { $target } since, and what is encrypted under it
explain-next-secret = What { $target } opens, and whether it was used from elsewhere; rotate it
explain-next-changed = Later events about { $target }, and whether it still exists

# Operations by verb and thing.
explain-verb-create = create { $thing }
explain-verb-delete = delete { $thing }
explain-verb-update = change { $thing }
explain-verb-describe = describe { $thing }
explain-verb-list = list { $thing }
explain-verb-get = read { $thing }
explain-verb-put = set { $thing }
explain-verb-start = start { $thing }
explain-verb-stop = stop { $thing }
explain-verb-add = add { $thing }
explain-verb-remove = remove { $thing }
explain-verb-attach = attach { $thing }
explain-verb-detach = detach { $thing }
explain-verb-invoke = invoke { $thing }
explain-verb-search = search { $thing }
explain-verb-register = register { $thing }
explain-verb-deregister = deregister { $thing }
explain-verb-send = send { $thing }
explain-verb-enable = enable { $thing }
explain-verb-disable = disable { $thing }
explain-verb-associate = associate { $thing }
explain-verb-disassociate = disassociate { $thing }
explain-verb-import = import { $thing }
explain-verb-retry = retry { $thing }
explain-verb-modify = change { $thing }
explain-verb-set = set { $thing }
explain-verb-cancel = cancel { $thing }
explain-verb-schedule = schedule { $thing }
explain-verb-query = query { $thing }
explain-verb-publish = publish { $thing }
explain-verb-revoke = revoke { $thing }
explain-verb-authorize = authorize { $thing }
explain-verb-generate = generate { $thing }
explain-verb-upload = upload { $thing }
explain-verb-restore = restore { $thing }
explain-verb-rotate = rotate { $thing }
explain-verb-copy = copy { $thing }
explain-verb-run = run { $thing }
explain-verb-terminate = terminate { $thing }
explain-verb-reboot = restart { $thing }
explain-verb-lookup = look up { $thing }
explain-verb-tag = tag { $thing }
explain-verb-untag = untag { $thing }
explain-thing = “{ $name }”
explain-thing-notebook-instance = { $number ->
    [one] a notebook instance
   *[other] notebook instances
}
explain-thing-notebook-instance-lifecycle-config = { $number ->
    [one] a lifecycle configuration of notebooks
   *[other] lifecycle configurations of notebooks
}
explain-thing-studio-lifecycle-config = { $number ->
    [one] a lifecycle configuration of Studio
   *[other] lifecycle configurations of Studio
}
explain-thing-presigned-notebook-instance-url = { $number ->
    [one] a presigned URL of a notebook instance
   *[other] presigned URLs of notebook instances
}
explain-thing-presigned-domain-url = { $number ->
    [one] a presigned URL of a domain
   *[other] presigned URLs of a domain
}
explain-thing-domain = { $number ->
    [one] a domain
   *[other] domains
}
explain-thing-user-profile = { $number ->
    [one] a user profile
   *[other] user profiles
}
explain-thing-space = { $number ->
    [one] a space
   *[other] spaces
}
explain-thing-app = { $number ->
    [one] an application
   *[other] applications
}
explain-thing-app-image-config = { $number ->
    [one] a configuration of application images
   *[other] configurations of application images
}
explain-thing-model = { $number ->
    [one] a model
   *[other] models
}
explain-thing-model-package = { $number ->
    [one] a model package
   *[other] model packages
}
explain-thing-model-package-group = { $number ->
    [one] a model package group
   *[other] model package groups
}
explain-thing-model-package-group-policy = { $number ->
    [one] the policy of a model package group
   *[other] policies of model package groups
}
explain-thing-endpoint = { $number ->
    [one] an endpoint
   *[other] endpoints
}
explain-thing-endpoint-async = { $number ->
    [one] an endpoint asynchronously
   *[other] endpoints asynchronously
}
explain-thing-endpoint-with-response-stream = { $number ->
    [one] an endpoint that answers as a stream
   *[other] endpoints that answer as a stream
}
explain-thing-endpoint-config = { $number ->
    [one] an endpoint configuration
   *[other] endpoint configurations
}
explain-thing-endpoint-weights-and-capacities = { $number ->
    [one] the weights and capacities of an endpoint
   *[other] weights and capacities of endpoints
}
explain-thing-training-job = { $number ->
    [one] a training job
   *[other] training jobs
}
explain-thing-processing-job = { $number ->
    [one] a processing job
   *[other] processing jobs
}
explain-thing-transform-job = { $number ->
    [one] a batch transform job
   *[other] batch transform jobs
}
explain-thing-hyper-parameter-tuning-job = { $number ->
    [one] a tuning job
   *[other] tuning jobs
}
explain-thing-auto-ml-job = { $number ->
    [one] an AutoML job
   *[other] AutoML jobs
}
explain-thing-auto-ml-job-v2 = { $number ->
    [one] an AutoML job
   *[other] AutoML jobs
}
explain-thing-labeling-job = { $number ->
    [one] a labelling job
   *[other] labelling jobs
}
explain-thing-compilation-job = { $number ->
    [one] a compilation job
   *[other] compilation jobs
}
explain-thing-pipeline = { $number ->
    [one] a pipeline
   *[other] pipelines
}
explain-thing-pipeline-execution = { $number ->
    [one] a run of a pipeline
   *[other] runs of a pipeline
}
explain-thing-feature-group = { $number ->
    [one] a feature group
   *[other] feature groups
}
explain-thing-record = { $number ->
    [one] a record
   *[other] records
}
explain-thing-code-repository = { $number ->
    [one] a code repository
   *[other] code repositories
}
explain-thing-monitoring-schedule = { $number ->
    [one] a monitoring schedule
   *[other] monitoring schedules
}
explain-thing-image = { $number ->
    [one] an image
   *[other] images
}
explain-thing-image-version = { $number ->
    [one] a version of an image
   *[other] versions of an image
}
explain-thing-cluster = { $number ->
    [one] a cluster
   *[other] clusters
}
explain-thing-workforce = { $number ->
    [one] a workforce
   *[other] workforces
}
explain-thing-workteam = { $number ->
    [one] a work team
   *[other] work teams
}
explain-thing-algorithm = { $number ->
    [one] an algorithm
   *[other] algorithms
}
explain-thing-experiment = { $number ->
    [one] an experiment
   *[other] experiments
}
explain-thing-trial = { $number ->
    [one] a trial
   *[other] trials
}
explain-thing-artifact = { $number ->
    [one] an artifact
   *[other] artifacts
}
explain-thing-project = { $number ->
    [one] a project
   *[other] projects
}
explain-thing-inference-component = { $number ->
    [one] an inference component
   *[other] inference components
}
explain-thing-session = { $number ->
    [one] a session
   *[other] sessions
}
explain-thing-tag = { $number ->
    [one] a tag
   *[other] tags
}
explain-thing-resource = { $number ->
    [one] a resource
   *[other] resources
}
explain-thing-user = { $number ->
    [one] a user
   *[other] users
}
explain-thing-role = { $number ->
    [one] a role
   *[other] roles
}
explain-thing-group = { $number ->
    [one] a group
   *[other] groups
}
explain-thing-policy = { $number ->
    [one] a policy
   *[other] policies
}
explain-thing-policy-version = { $number ->
    [one] a version of a policy
   *[other] versions of a policy
}
explain-thing-role-policy = { $number ->
    [one] an inline policy of a role
   *[other] inline policies of a role
}
explain-thing-user-policy = { $number ->
    [one] an inline policy of a user
   *[other] inline policies of a user
}
explain-thing-group-policy = { $number ->
    [one] an inline policy of a group
   *[other] inline policies of a group
}
explain-thing-assume-role-policy = { $number ->
    [one] the trust policy of a role
   *[other] trust policies of roles
}
explain-thing-access-key = { $number ->
    [one] an access key
   *[other] access keys
}
explain-thing-login-profile = { $number ->
    [one] a console password
   *[other] console passwords
}
explain-thing-instance-profile = { $number ->
    [one] an instance profile
   *[other] instance profiles
}
explain-thing-mfa-device = { $number ->
    [one] a second factor
   *[other] second factors
}
explain-thing-virtual-mfa-device = { $number ->
    [one] a virtual second factor
   *[other] virtual second factors
}
explain-thing-caller-identity = { $number ->
    [one] its own identity
   *[other] its own identity
}
explain-thing-bucket = { $number ->
    [one] a bucket
   *[other] buckets
}
explain-thing-bucket-policy = { $number ->
    [one] the policy of a bucket
   *[other] policies of buckets
}
explain-thing-object = { $number ->
    [one] an object
   *[other] objects
}
explain-thing-key = { $number ->
    [one] a key
   *[other] keys
}
explain-thing-key-policy = { $number ->
    [one] the policy of a key
   *[other] policies of keys
}
explain-thing-key-deletion = { $number ->
    [one] the deletion of a key
   *[other] deletions of keys
}
explain-thing-data-key = { $number ->
    [one] a data key
   *[other] data keys
}
explain-thing-alias = { $number ->
    [one] an alias
   *[other] aliases
}
explain-thing-grant = { $number ->
    [one] a grant
   *[other] grants
}
explain-thing-trail = { $number ->
    [one] a trail
   *[other] trails
}
explain-thing-logging = { $number ->
    [one] the recording of a trail
   *[other] recordings of trails
}
explain-thing-event-selector = { $number ->
    [one] the event selector of a trail
   *[other] the event selectors of a trail
}
explain-thing-event = { $number ->
    [one] an event
   *[other] events
}
explain-thing-repository = { $number ->
    [one] a repository
   *[other] repositories
}
explain-thing-repository-policy = { $number ->
    [one] the policy of a repository
   *[other] policies of repositories
}
explain-thing-registry-policy = { $number ->
    [one] the policy of a registry
   *[other] policies of registries
}
explain-thing-secret = { $number ->
    [one] a secret
   *[other] secrets
}
explain-thing-secret-value = { $number ->
    [one] the value of a secret
   *[other] values of secrets
}
explain-thing-resource-policy = { $number ->
    [one] the policy of a resource
   *[other] policies of resources
}
explain-thing-log-group = { $number ->
    [one] a log group
   *[other] log groups
}
explain-thing-instance = { $number ->
    [one] an instance
   *[other] instances
}
explain-thing-function = { $number ->
    [one] a function
   *[other] functions
}
explain-call-sts-AssumeRole = assume a role
explain-call-sts-AssumeRoleWithSAML = assume a role on the word of a SAML provider
explain-call-sts-AssumeRoleWithWebIdentity = assume a role on the word of an OpenID Connect provider
explain-call-sts-AssumeRoot = become the root user of a member account for one task
explain-call-sts-GetCallerIdentity = ask who one is: the first thing that many tools, and thieves of credentials, do
explain-call-sts-GetSessionToken = make temporary credentials of a user
explain-call-sts-GetFederationToken = make temporary credentials for someone else
explain-call-kms-Decrypt = decrypt data
explain-call-kms-Encrypt = encrypt data
explain-call-kms-GenerateDataKey = make a data key, to encrypt with
explain-call-kms-ScheduleKeyDeletion = plan the deletion of a key
explain-call-kms-RetireGrant = give a grant back
explain-call-signin-ConsoleLogin = sign in to the console
explain-call-signin-SwitchRole = switch to another role in the console
explain-call-s3-DeleteObjects = delete many objects at once
explain-call-s3-PutObject = write an object
explain-call-s3-HeadObject = read the head of an object
explain-call-ecr-BatchGetImage = read the manifest of images
explain-call-ecr-PutImage = publish an image
explain-call-sagemaker-BatchGetRecord = read many records
explain-call-sagemaker-PutRecord = write a record
explain-call-cloudtrail-StopLogging = stop the recording of a trail
explain-call-cloudtrail-StartLogging = start the recording of a trail
explain-call-sagemaker-Search = search the resources of SageMaker
explain-call-logs-FilterLogEvents = search log events
explain-call-config-SelectResourceConfig = query the inventory of AWS Config
explain-call-metrics-sagemaker-BatchPutMetrics = record metrics of an experiment
explain-call-servicequotas-RequestServiceQuotaIncrease = ask for a higher quota
explain-call-iam-PassRole = pass a role
explain-call-iam-UpdateAssumeRolePolicy = change who may assume a role
explain-call-iam-AttachRolePolicy = attach a managed policy to a role
explain-call-iam-AttachUserPolicy = attach a managed policy to a user
explain-call-iam-SetDefaultPolicyVersion = choose which version of a policy counts
explain-call-iam-ChangePassword = change one's own password
explain-call-sagemaker-RenderUiTemplate = show a labelling template

# Why fields matter.
explain-why-network-isolation = With network isolation the container reaches no network at all, not even S3: what runs inside cannot send data away
explain-why-traffic-encryption = Without it, containers of a distributed job exchange data in clear text
explain-why-root-access = Root on the notebook lets its users undo every protection on the machine
explain-why-direct-internet = Decides whether the notebook reaches the internet past your VPC, where nothing filters what leaves
explain-why-volume-key = The KMS key that encrypts the volume: who controls it controls the data
explain-why-output-key = The KMS key that encrypts what is written: a foreign key takes the data away from you
explain-why-role = The role with which the code acts. Passing it is no event of its own: this field is the only trace of iam:PassRole
explain-why-image = The container image is the code that runs: a foreign or public registry, or a tag in place of a digest, lets others choose it
explain-why-lifecycle = Scripts of this configuration run as root whenever the notebook is created or started
explain-why-lifecycle-content = A script that runs on every instance that uses the configuration
explain-why-lifecycle-app = Kind of application that runs the script when it starts
explain-why-lifecycle-list = Lifecycle configurations that are attached, or run by default
explain-why-url-duration = How long the session lasts that the URL opens
explain-why-url-expiry = How long the URL itself can be used
explain-why-url-profile = The user whose files and role the URL opens: anybody who holds it acts as this user
explain-why-url-space = The space that the URL opens
explain-why-data-capture = Data capture copies requests and answers of the endpoint to S3: evidence for you, or a leak to whoever owns the bucket
explain-why-capture-target = Where copies of requests and answers go
explain-why-subnets = In your VPC the traffic of the code can be filtered and logged
explain-why-security-groups = They decide whom the code can reach and who can reach it
explain-why-instance-type = Kind and price of the machine: large accelerators are what miners want
explain-why-instance-count = How many machines are paid for
explain-why-environment = Settings of the container: secrets often stand here in clear text, and some variables change which code runs
explain-why-entry-point = The command that runs in the container in place of the image's own
explain-why-arguments = Arguments of the command that runs in the container
explain-why-hyper-parameters = With sagemaker_program and sagemaker_submit_directory they name the script that runs and the archive it comes from
explain-why-model-data = The model that is loaded: a pickled or otherwise executable file in it runs code
explain-why-input-data = Where the data come from: who can write there can poison them
explain-why-output-data = Where results and models go: a foreign bucket is exfiltration
explain-why-max-runtime = How long it may run: a bound on what hijacked compute costs
explain-why-remote-debug = Opens a shell into the running container through Systems Manager
explain-why-ssm-access = Opens a shell on the instances of the endpoint through Systems Manager
explain-why-imds = Version 2 of the instance metadata service stops the theft of credentials by forged requests
explain-why-platform = The operating system of the notebook; old ones get no more repairs
explain-why-repository = Code that is cloned onto the notebook
explain-why-git-secret = The secret with which the repository is read
explain-why-repository-url = Where the code comes from
explain-why-app-network = VpcOnly sends the traffic of Studio through your VPC; PublicInternetOnly sends it past it
explain-why-auth-mode = With IAM, whoever may create a presigned URL of a profile acts as its user; with SSO the person is recorded
explain-why-vpc = The VPC of the domain
explain-why-domain-role = The role of everybody in the domain who has none of their own
explain-why-profile-role = The role with which this user's code acts
explain-why-sharing = Whether outputs of notebooks are stored in S3 when they are shared
explain-why-sharing-target = Bucket in which shared notebooks are stored
explain-why-studio-instance = Kind of machine that applications get
explain-why-home-efs-key = The KMS key that encrypts the file system of the domain
explain-why-sso-user = The Identity Center user to whom the profile belongs
explain-why-approval = Approval is what deployment pipelines wait for: who approves decides what runs
explain-why-resource-policy = Who may use the resource, other accounts included
explain-why-models-served = The models that the endpoint serves: join CreateModel for image, data and role
explain-why-config-used = The configuration that decides which models serve: join CreateEndpointConfig
explain-why-pipeline = The steps of the pipeline: images, scripts and roles stand inside
explain-why-pipeline-location = The definition comes from S3: who can write there decides what runs
explain-why-offline-store = Where the offline store lies
explain-why-online-key = The KMS key of the online store
explain-why-source-cidrs = From which addresses annotators may sign in
explain-why-trust-policy = Who may assume the role; a foreign account or * opens it
explain-why-policy-document = The rights that are given, as JSON: look for *, iam:PassRole and foreign accounts
explain-why-policy-arn = The managed policy: AdministratorAccess and AmazonSageMakerFullAccess give far too much
explain-why-iam-user = For whom: another user than the caller means that someone else can act as that user
explain-why-iam-role = The role that changes
explain-why-boundary = The permissions boundary caps what the identity can ever do
explain-why-max-session = How long stolen credentials of the role can last
explain-why-reset = Whether the user must change the password at the next sign-in; whoever sets false knows it
explain-why-key-status = Whether the key works
explain-why-default-version = The version that counts from now on
explain-why-saml = Who signs here can be anybody whom roles trust
explain-why-oidc = The provider whose tokens roles trust
explain-why-role-assumed = The role that is assumed; in another account the call crosses accounts
explain-why-session-name = The name by which the session appears in all records; the caller chooses it
explain-why-duration = Seconds that the session lasts
explain-why-source-identity = Follows the session wherever it goes
explain-why-external-id = Protects against the confused deputy when third parties assume the role
explain-why-session-policy = Narrows what the session may do
explain-why-session-tags = Tags that policies may trust; the caller set them
explain-why-mfa-serial = The second factor that was used
explain-why-federation-principal = The SAML provider that vouched
explain-why-bucket = The bucket; the account that owns it is not in its name
explain-why-object-key = The object: models, data and scripts are told by their path
explain-why-object-version = The version of the object: without it the newest one
explain-why-copy-source = Where the copy comes from
explain-why-object-acl = An access control list can make an object public or give it to another account
explain-why-bucket-policy = Who may use the bucket; a foreign account or * opens it
explain-why-public-block = What is false here can be made public
explain-why-versioning = Suspended versioning loses what is overwritten
explain-why-replication = Copies every new object elsewhere, perhaps to another account
explain-why-expiry = Can delete data, and evidence, after a time
explain-why-kms-key = The key that is used or changed
explain-why-encryption-context = What the key was used for: services write the ARN of the resource here
explain-why-grantee = Who may use the key from now on, without any policy showing it
explain-why-grant-operations = What the grantee may do with the key
explain-why-retiring = Who may end the grant
explain-why-lockout = True lets a policy lock everybody out, its author included
explain-why-key-policy = Who may use and manage the key
explain-why-waiting = Days until the key, and all that it encrypts, is lost
explain-why-trail = The trail that is concerned
explain-why-selectors = Which events the trail records: data events of SageMaker and S3 may fall out here
explain-why-multi-region = False: calls in other Regions leave no record
explain-why-validation = False: no digests, and later changes of log files cannot be proved
explain-why-global-events = False: IAM and STS calls leave no record in this trail
explain-why-log-bucket = Where the logs go: a foreign bucket takes them away from you
explain-why-log-key = The KMS key that encrypts the logs
explain-why-event-store = The event data store that is concerned
explain-why-ecr-repository = The repository: images in it are code that SageMaker runs
explain-why-ecr-tag = The tag: moving it changes what runs wherever it is used
explain-why-ecr-policy = Who may pull and push images, other accounts included
explain-why-tag-mutability = Mutable tags can be moved to another image
explain-why-scan = Whether images are scanned when they are pushed
explain-why-force = Deletes at once, with all that is inside
explain-why-secret = The secret
explain-why-secret-version = Which version: an old one may still open something
explain-why-secret-policy = Who may read the secret, other accounts included
explain-why-recovery = Days in which the deletion can be undone
explain-why-block-public = Whether AWS checks that the policy does not open the secret to everybody
explain-why-target-variant = Which model of the endpoint answers
explain-why-tags = Tags decide access where policies test them (ABAC)
explain-why-idle = Idle applications that keep running stay usable, and cost
explain-why-container-repo = vpc or platform: from where the image is pulled
explain-why-warm = Instances that stay up between jobs keep what an earlier job left
explain-why-space-owner = The user to whom the space belongs
explain-why-space-share = Shared spaces show the files of one to all

# What AWS takes when a field is not given.
explain-default-no-isolation = AWS takes false, the container has a network
explain-default-no-encryption = AWS takes false, traffic is in clear text
explain-default-root = AWS takes Enabled, users are root
explain-default-internet = AWS takes Enabled, the notebook reaches the internet
explain-default-own-key = AWS takes a key that it manages itself, which no key policy of yours limits
explain-default-no-vpc = AWS takes none, the code runs in a network of SageMaker's own, with access to the internet
explain-default-no-capture = AWS takes none, requests and answers leave no copy
explain-default-url-12h = AWS takes 43,200 seconds, 12 hours
explain-default-url-5min = AWS takes 300 seconds, 5 minutes
explain-default-imds-1 = AWS takes 1, so that both versions answer
explain-default-public-internet = AWS takes PublicInternetOnly
explain-default-off = AWS takes false
explain-default-one-day = AWS takes one day
explain-default-disabled = AWS takes Disabled
explain-default-platform = AWS takes its default platform
explain-default-no-boundary = AWS takes none, nothing caps the identity
explain-default-hour = AWS takes 3,600 seconds, one hour
explain-default-no-source-identity = none: the person must be sought along the chain of roles
explain-default-no-external-id = AWS takes none
explain-default-full-session = the session has all rights of the role
explain-default-no-reset = AWS takes false
explain-default-thirty-days = AWS takes 30 days
explain-default-current-version = AWS takes the current version, AWSCURRENT
explain-default-mutable = AWS takes MUTABLE
explain-default-one-region = AWS takes false, one Region alone is recorded
explain-default-log-plain = no key of yours: S3 encrypts with its own
explain-default-no-context = none was given
explain-default-global-on = AWS takes true
explain-default-profile-domain-role = AWS takes the role of the domain
