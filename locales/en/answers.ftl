# What answers state. The first number is that of the question.
answer-step = { $time }, { $who }: { $what }
answer-step-other = { $time }: { $what }
answer-none = No evidence of { $what } in the logs that existed: { $count ->
    [one] { $count } record
   *[other] { $count } records
} in scope from { $from } to { $to } were looked at
answer-left-out = { $count ->
    [one] { $count } further statement
   *[other] { $count } further statements
} left out of this list
answer-log-management = management events
answer-log-s3 = S3 data events
answer-log-endpoint = data events of endpoints
answer-log-feature = data events of the feature store
answer-log-other = other data events
answer-log-network = network activity events
none-q01 = access to a resource
none-q04 = data or models being taken out or tampered with
none-q05 = poisoning, or of an attack through an endpoint
none-q06 = resources being created or changed
none-q08 = logs or audit trails being changed or deleted
none-q09 = changes or misuse of roles and policies
none-q10 = changes of VPCs, security groups, routes or VPC endpoints
none-q11 = compute being used as a way in or as a place from which to go on
none-q12 = the environment being used against others
unknown-coverage = What was not recorded of the { $kind } of account { $account }, Region { $region }, while the intruder acted
unknown-nothing-in-scope = No record is in scope
unknown-inside = What was done inside notebooks, jobs and containers: commands, queries, installed packages. CloudTrail does not record it
unknown-disks = Reads of file systems (EFS, FSx) and volumes (EBS): no log holds them
unknown-outside = How the first credential got out: phishing, a leak outside AWS or theft on a machine leave nothing in CloudTrail
unknown-network-bytes = Whether bytes left instances over the network, and how many
unknown-versions = Whether earlier versions of overwritten and deleted objects still exist
unknown-feature-readers = Which models and applications read the changed records of the feature store
unknown-meaning = What the changed data mean to a model: only the objects themselves can tell
unknown-alive-now = Whether these resources exist today: only a look at the account tells
unknown-agent-claimed = Whether the tools are the ones that the user agents name: the client chooses that text
unknown-never-delivered = Events that were never recorded or never delivered
unknown-effective-rights = What the changes allow in effect: no policies were at hand
unknown-before = What some of the changed policies said before: no earlier record holds them
unknown-packets = What was in the packets
unknown-network-before = What the network looked like before the first event
unknown-which-person = Which person of several used a shared role, where no source identity or user was recorded
unknown-traffic = What machines of the account sent to others: CloudTrail records no traffic
unknown-people = How many people the data concern, and which classes of data were read
unknown-reach = What else the credentials could have reached: no policies were at hand
unknown-reach-part = For some resources the policies at hand do not tell whether they could be reached
unknown-versioning = Whether overwritten and deleted objects can be restored: the state of versioning at the time is not known
unknown-guardrails = Which guardrails would have stopped the calls: none were asked
unknown-controls = Which controls held or failed at the time of the break-in: the configuration of that time was not evaluated
collect-missing-logs = Logs of the stretches named above: other trails, the trail of the organisation, CloudTrail Lake, the event history (90 days)
collect-s3-access-logs = Server access logs of the buckets
collect-application-logs = CloudWatch Logs of notebooks, jobs and endpoints (/aws/sagemaker/…)
collect-flow-logs = VPC Flow Logs of the subnets concerned
collect-dns = Query logs of Route 53 Resolver
collect-guardduty = Findings of GuardDuty of the period, also archived ones
collect-object-versions = Versions and state of versioning of the buckets: `aws s3api list-object-versions`, `get-bucket-versioning`
collect-artifacts = The artifacts themselves, for `rempart scan`
collect-data-capture = Captured data of the endpoints from before
collect-estate = The state of the accounts today: `rempart collect`
collect-digests = Digest files of CloudTrail with their signatures, for `rempart trail verify`
collect-policies = Policies of the roles, users, buckets and keys, and those of the organisation: `rempart collect`
collect-config-history = The history of AWS Config for the resources named
collect-data-classes = Which classes of personal data the buckets and feature groups hold, and how many people they concern
collect-posture = The configuration, judged: `rempart posture`
q01-resources = { $kind } in { $place }: { $count ->
    [one] { $count } resource
   *[other] { $count } resources
}; calls that read: { $read }, wrote: { $written }, deleted: { $deleted }, were refused or failed: { $failed }. { $what }
q02-first = The first event that is held to be the intruder's: { $time }, { $call } by { $who } from { $address }
q02-proved = Proved: { $pattern }. { $how }
q02-rejected = No evidence, in the logs that existed, of this way in: { $pattern } ({ $why })
q02-untestable = Not testable: { $pattern } ({ $why })
q02-chain = { $time }: { $what }
entry-1 = long-term key from a new network
entry-2 = sign-in to the console
entry-3 = identity provider or federated person
entry-4 = key of an execution role used outside the service
entry-5 = lifecycle script swapped or updated
entry-6 = new compute with a stronger role
entry-7 = presigned URL or remote session of somebody else
entry-8 = trust policy opened, role assumed from a foreign account
entry-9 = confused deputy
entry-10 = root user
entry-11 = supply chain: image, package or model brought in before
entry-12 = resource policy or share that admitted a foreign principal
entry-13 = delegated product provider
q02-how-key = The key { $key } of { $who } was used from { $addresses }, where this principal had never been seen
q02-how-sign-in = { $who } signed in ({ $count ->
    [one] { $count } record
   *[other] { $count } records
})
q02-how-federated = { $who } acted from { $addresses }, where this person had never been seen
q02-how-off-service = Sessions that SageMaker made for its own machines acted from outside: { $who }
q02-how-script = The script of { $what } was written by the intruder
q02-how-compute = Compute was given the roles { $roles }, whose sessions acted afterwards
q02-how-url = A session was opened as { $what }
q02-how-trust = Foreign accounts involved: { $accounts }
q02-how-deputy = A service acted for the foreign accounts { $accounts }
q02-how-root = The root user acted, or a session of it was opened
q02-how-supply = Possible: others had brought in { $images } from outside
q02-how-share = Callers of the foreign accounts { $accounts } reached resources directly
q02-how-delegate = A delegated provider called: { $accounts }
why-no-key = the first credentials in scope are no long-term keys at new addresses
why-no-sign-in = no sign-in is in scope
why-no-federation = no federated session from a new address begins the scope
why-no-off-service = no session that SageMaker made acted from an unusual address
why-no-script = no suspicious lifecycle script is in scope
why-no-compute = no role given to new compute acted afterwards
why-no-url = no URL or remote session for somebody else is in scope
why-no-trust = no role was opened to or assumed from a foreign account
why-no-deputy = no record in scope names a foreign source account
why-no-root = no record in scope is of the root user
why-no-scan = images, packages and models from before must be scanned
why-no-share = no foreign caller reached a resource directly
why-no-delegate = no record in scope was made for a delegated provider
q04-read = { $count ->
    [one] { $count } object
   *[other] { $count } objects
} read from the bucket { $bucket } by { $who } from { $addresses }: { $bytes } bytes left S3 ({ $size }); calls refused or failed: { $failed }
q04-written = { $count ->
    [one] { $count } object
   *[other] { $count } objects
} of the bucket { $bucket } written or overwritten by { $who } from { $addresses }; calls refused or failed: { $failed }
q04-deleted = { $count ->
    [one] { $count } object
   *[other] { $count } objects
} of the bucket { $bucket } deleted by { $who } from { $addresses }; calls refused or failed: { $failed }
q04-output-of = Started to write data of { $inputs } to the bucket { $bucket }, outside the organisation: { $jobs }
q04-output = Started with an output in the bucket { $bucket }, outside the organisation: { $jobs }
q04-foreign-key = The output is encrypted with a foreign key: { $keys }
q05-job = { $time }: the job { $to }, started by { $who }, reads data that the intruder wrote: { $from }
q05-package = { $time }: the model package { $to } holds what came out of { $from }
q05-approved = { $time }: the model package { $to } was approved by { $who }
q05-model = { $time }: the model { $to }, created by { $who }, uses { $from }
q05-outside = { $time }: the model { $to }, created by { $who }, runs code or data from outside the organisation: { $from }
q05-config = { $time }: the endpoint configuration { $to } serves { $from }
q05-endpoint = { $time }: the endpoint { $to } was moved to the configuration { $from } by { $who }
q05-extraction = { $count ->
    [one] { $count } query
   *[other] { $count } queries
} of the endpoint { $endpoint } in { $minutes } minutes from { $address }, in a steady stream, as when a model is copied by its answers ({ $failed } refused or failed)
q05-queries = { $count ->
    [one] { $count } query
   *[other] { $count } queries
} of the endpoint { $endpoint } in { $minutes } minutes from { $address } ({ $failed } refused or failed)
q06-alive = Created and not deleted, as far as the logs tell: { $kind } { $what } ({ $time })
q06-gone = Created and deleted again: { $kind } { $what } (created { $time }, deleted { $deleted } by { $who })
q06-changed = Changed: { $kind } { $what } ({ $calls })
q06-deleted = Deleted: { $kind } { $what } ({ $deleted }, by { $who })
q07-agent = { $who } names its tool in { $count ->
    [one] { $count } call
   *[other] { $count } calls
} from { $from } to { $to }: { $tool }, “{ $agent }”
q07-new-agent = { $who } names a tool that this principal had never used, in { $count ->
    [one] { $count } call
   *[other] { $count } calls
} from { $from } to { $to }: { $tool }, “{ $agent }”
q07-no-agent = { $who } names no tool in { $count ->
    [one] { $count } call
   *[other] { $count } calls
} from { $from } to { $to }
q07-services = Services that { $who } called with it, with the number of calls: { $services }
tool-cli = AWS command line
tool-boto = Python SDK
tool-terraform = Terraform
tool-sdk = an AWS SDK
tool-browser = a browser
tool-service = a service of AWS
tool-other = a tool of another name
q08-excludes = New selectors of the trail { $trail } leave events out by { $fields }
q08-redirected-foreign = The trail { $trail } was pointed at the bucket { $bucket }, outside the organisation
q08-redirected = The trail { $trail } was pointed at the bucket { $bucket }
q08-no-validation = Validation of log files was switched off for the trail { $trail }
q08-stopped = Recording of the { $kind } of account { $account }, Region { $region }, was stopped; nothing follows from { $time }
q08-partial = From { $time } on, the { $kind } of account { $account }, Region { $region }, may be only a part
q08-missing = Files of the { $kind } of account { $account }, Region { $region }, are missing from { $time } on
q08-silent = Silence of the { $kind } of account { $account }, Region { $region }, from { $time } on: not recorded, not delivered, or nothing happened
q08-integrity = Integrity of the log files: { $what }
q09-document = { $call } gave { $what } this policy: { $document }
q09-before = Before, since { $time }, the policy of { $what } read: { $document }
q09-passed = The role { $role } was given to what the intruder created or changed ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q09-unusual = { $who }: { $count ->
    [one] { $count } kind
   *[other] { $count } kinds
} of calls that this principal had never made before the first bad event: { $calls }
q10-ports = Ports opened to the internet on { $what }: { $ports }
q10-internet = { $count ->
    [one] { $count } notebook
   *[other] { $count } notebooks
} started with direct access to the internet: { $what }
q10-no-isolation = { $count ->
    [one] { $count } job or model
   *[other] { $count } jobs or models
} with network isolation switched off: { $what }
q10-no-vpc = { $count ->
    [one] { $count } job or model
   *[other] { $count } jobs or models
} outside any VPC of the account: { $what }
q12-hosts = Scripts and entry points name hosts outside AWS: { $hosts }
q12-denied = { $count ->
    [one] { $count } refused call
   *[other] { $count } refused calls
}, as when somebody tries doors: { $services }
q13-objects-read = Confidentiality, proved: { $count ->
    [one] { $count } object
   *[other] { $count } objects
} read, { $bytes } bytes ({ $size })
q13-secrets-read = Confidentiality, proved: secrets and parameters read: { $what }
q13-queried = Confidentiality, proved: models or features queried: { $what }
q13-opened = Confidentiality, proved: opened to others: { $what }
q13-exported = Confidentiality, proved: an export outside the organisation was started: { $what }
q13-objects-written = Integrity, proved: { $count ->
    [one] { $count } object
   *[other] { $count } objects
} written or overwritten
q13-features-written = Integrity, proved: records of the feature groups { $what } written ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
})
q13-downstream = Integrity, proved: { $count ->
    [one] { $count } resource depends
   *[other] { $count } resources depend
} on what the intruder wrote or brought in: { $what }
q13-deleted = Availability, proved: { $count ->
    [one] { $count } resource
   *[other] { $count } resources
} deleted: { $what }
q13-objects-deleted = Availability, proved: { $count ->
    [one] { $count } object
   *[other] { $count } objects
} deleted
q13-keys = Availability, proved: keys disabled or to be deleted, and with them what they encrypt: { $what }
q13-versioning = Availability, proved: versioning suspended, so that later deletions are final: { $what }
q13-cost = Cost, proved: { $count ->
    [one] { $count } instance
   *[other] { $count } instances
} with accelerators started ({ $types })
q13-possible = Possible: { $count ->
    [one] { $count } resource
   *[other] { $count } resources
} of kind { $kind } could be reached: { $what }
q13-possible-if = Possible under a condition: { $count ->
    [one] { $count } resource
   *[other] { $count } resources
} of kind { $kind }: { $what }
q14-key = Isolate: deactivate the key { $key } of { $who }
q14-created-key = Isolate: deactivate the key { $key } that the intruder made for { $who }
q14-revoke = Isolate: revoke the sessions of the role { $role } that were opened up to { $time }
q14-trust = Isolate: take the foreign principals out of the trust policy of { $what }
q14-rights = Isolate: take the added rights away from { $what }
q14-share = Isolate: withdraw the foreign principals from the policy of { $what }
q14-bucket = Isolate: block public access and restore the policy of { $what }
q14-logging = Isolate: switch logs and detection on again, as they were before { $calls }
q14-notebooks = Save the volume, then stop: { $count ->
    [one] { $count } notebook
   *[other] { $count } notebooks
} created by the intruder: { $what }
q14-notebook-changed = Save the volume, then stop the notebook that the intruder changed: { $what }
q14-jobs = Stop { $count ->
    [one] { $count } job
   *[other] { $count } jobs
} of the intruder, after saving its description and output: { $what }
q14-packages = Save, then reject { $count ->
    [one] { $count } model package
   *[other] { $count } model packages
} of the intruder: { $what }
q14-created = Save the description, then remove { $count ->
    [one] { $count } resource
   *[other] { $count } resources
} of the intruder: { $what }
q14-endpoint-back = Recover: move the endpoint { $endpoint } back to the configuration { $config } of { $time }
q14-endpoint = Recover: move the endpoint { $endpoint } back; its configuration from before is not in the logs
q14-objects-written = Recover: the objects of { $buckets } from versions before { $time } ({ $count ->
    [one] { $count } write
   *[other] { $count } writes
})
q14-objects-deleted = Recover: the deleted objects of { $buckets } ({ $count ->
    [one] { $count } deletion
   *[other] { $count } deletions
} from { $time } on), from versions or a backup
q14-features = Recover: the records of { $count ->
    [one] { $count } feature group
   *[other] { $count } feature groups
} from the offline store: { $what }
q14-keys = Recover: cancel the deletion of { $count ->
    [one] { $count } key
   *[other] { $count } keys
} and enable it again: { $what }
q14-versioning = Recover: enable versioning of { $count ->
    [one] { $count } bucket
   *[other] { $count } buckets
} again: { $what }
q14-rebuild = Rebuild { $count ->
    [one] { $count } deleted resource
   *[other] { $count } deleted resources
}: { $what }
q14-done = Done already, { $time }, by { $who }: { $call }, { $what }
q15-guardrail = The guardrail { $guardrail } would have stopped calls of { $findings ->
    [one] { $findings } finding
   *[other] { $findings } findings
}, which { $count ->
    [one] covers
   *[other] cover
} { $count ->
    [one] { $count } call
   *[other] { $count } calls
} in scope
q15-long-term-key = Long-term keys were in use: { $who }
q15-no-mfa = No second factor stood at the beginning of these sessions: { $who }
q15-other-profile = A URL for the profile of somebody else could be made ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-admin = Rights to everything could be given ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-foreign-trust = A role could be opened to a foreign account ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-create-key = A role of machines could make access keys for users ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-public = A bucket could be opened to everybody ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-foreign-output = Jobs could write outside the organisation ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-foreign-image = Images from outside could be run ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-no-isolation = Network isolation was not required ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-internet = Direct access to the internet was not forbidden ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-root-access = Root access on notebooks was not forbidden ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-no-capture = Data capture was not required of endpoints ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
q15-log-control = Logs and detection could be changed from the account that they watch ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
}): { $what }
headline-nothing = No record is in scope
headline-impact = From { $from } to { $to }, beginning with { $who } from { $address }, an intruder acted in { $accounts } and did harm ({ $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
})
headline-tampering = From { $from } to { $to }, beginning with { $who } from { $address }, an intruder acted in { $accounts } and changed data or models ({ $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
})
headline-exfiltration = From { $from } to { $to }, beginning with { $who } from { $address }, an intruder acted in { $accounts } and took data out ({ $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
})
headline-persistence = From { $from } to { $to }, beginning with { $who } from { $address }, an intruder acted in { $accounts } and prepared to stay ({ $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
})
headline-activity = From { $from } to { $to }, beginning with { $who } from { $address }, suspicious activity in { $accounts } ({ $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
})
indicator-address = The intruder called from it
indicator-agent = The intruder's client named itself so
indicator-key = The intruder used this key
indicator-created-key = The intruder made this key
indicator-role = The intruder acted with sessions of this role
indicator-foreign-caller = The intruder called from this account
indicator-foreign-principal = The intruder opened something to this account
indicator-foreign-key = The intruder encrypted with a key of this account
indicator-bucket = The intruder used this bucket, whose name carries a foreign account
indicator-image = The intruder started or asked for this image from outside
indicator-script = A script or entry point of the intruder names it
indicator-tls = The client asked for this name, which is none of AWS
deadline-gdpr-33 = GDPR article 33: notification of the supervisory authority within 72 hours of becoming aware ({ $aware }), unless a risk to people is unlikely. Whether it applies is yours to decide
deadline-gdpr-34 = GDPR article 34: communication to the people concerned without undue delay where the risk for them is high (aware: { $aware }). Whether it applies is yours to decide
deadline-nis2-early-warning = NIS2 article 23(4)(a): early warning within 24 hours of becoming aware ({ $aware }). Whether it applies is yours to decide
deadline-nis2-notification = NIS2 article 23(4)(b): incident notification within 72 hours of becoming aware ({ $aware }). Whether it applies is yours to decide
deadline-nis2-final = NIS2 article 23(4)(d): final report one month after the notification, here counted from its deadline (aware: { $aware }). Whether it applies is yours to decide
deadline-dora-initial = DORA article 19: initial notification within 4 hours of classifying the incident as major, and at most 24 hours after becoming aware ({ $aware }). Whether it applies is yours to decide
deadline-dora-intermediate = DORA article 19: intermediate report within 72 hours of the initial notification, here counted from its deadline (aware: { $aware }). Whether it applies is yours to decide
deadline-dora-final = DORA article 19: final report within one month of the intermediate report, here counted from its deadline (aware: { $aware }). Whether it applies is yours to decide
deadline-ai-act-73 = AI Act article 73: report of a serious incident of a high-risk system, in general within 15 days of becoming aware ({ $aware }). Date of application and period are to be verified. Whether it applies is yours to decide
content-value = { $value }
content-unknown = not known: to be filled in
content-from-to = { $from } to { $to }
content-records = { $count ->
    [one] { $count } read of objects or records
   *[other] { $count } reads of objects or records
} proved
content-nature = Nature of the incident
content-period = Period
content-accounts = Accounts concerned
content-subjects = Categories and approximate number of people concerned
content-data = Categories and approximate number of data records
content-contact = Contact point
content-measures = Measures taken
content-severity = Severity, as the findings tell
content-indicators = Indicators of compromise
content-affected = Services and users affected
content-system = System and version concerned
content-causal = Causal link with the system
