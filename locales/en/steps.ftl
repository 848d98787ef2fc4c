# Steps of the timeline: what was done, as a person would tell it.
list-more = { $items } and { $count ->
    [one] { $count } other
   *[other] { $count } others
}
list-pair = { $first }, { $rest }
everybody = everybody
nobody-named = something that the record does not name
size-bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
size-kilo = { $count } kB
size-mega = { $count } MB
size-giga = { $count } GB
size-tera = { $count } TB
step-all-failed = Tried, and was refused or failed: { $what } ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
})
step-some-failed = { $what }; { $failed } of { $count ->
    [one] { $count } call
   *[other] { $count } calls
} refused or failed
step-other = Calls that stand for no step by themselves: { $calls }
step-who-am-i = Used the credential of { $who } and asked which identity it gives
step-sign-in = Signed in as { $who }
step-enumerate = Looked around in { $services }: { $count ->
    [one] { $count } call
   *[other] { $count } calls
}, { $failed ->
    [one] { $failed } of them refused or failed
   *[other] { $failed } of them refused or failed
}
step-assume-role = Opened a session of the role { $what }
step-assume-role-foreign = From account { $account }, which is not the organisation's, opened a session of the role { $what }
step-assume-role-across = Went over to account { $account } with the role { $what }
step-service-session = { $service } opened a session of the role { $what }
step-presign = Made a URL that opens { $what }
step-presign-other = Made a URL that opens a session as somebody else: profile { $what }
step-remote-session = Opened a remote session on { $what }
step-read-secrets = Read secrets and parameters: { $what }
step-create-key = Created a credential for { $what }
step-create-key-other = Created an access key for another user: { $what }
step-create-user = Created or changed users, groups or passwords: { $what }
step-weaken-sign-in = Weakened how people sign in: { $calls }
step-trust = Changed who may assume the role { $what }
step-trust-foreign = Opened the role { $what } to { $strangers }
step-rights = Changed the rights of { $what }
step-rights-admin = Gave administrator rights to { $what }
step-rights-removed = Took policies away from { $what }
step-create-role = Created or changed roles: { $what }
step-assign-access = Gave people or projects access: { $calls }
step-leave-guardrails = Weakened what the organisation forbids: { $calls }
step-lifecycle-script = Wrote the lifecycle script { $what }
step-lifecycle-script-hostile = Wrote the lifecycle script { $what }: it { $behaviour }
step-lifecycle-attach = Put the lifecycle configuration { $config } on the notebook { $what } and restarted it
step-lifecycle-attach-hostile = Put the lifecycle configuration { $config }, whose script { $behaviour }, on the notebook { $what } and restarted it
step-lifecycle-detach = Took the lifecycle configuration off the notebook { $what }
step-lifecycle-detach-delete = Took the lifecycle configuration { $config } off the notebook { $what } and deleted it
step-lifecycle-remove = Deleted the lifecycle configuration { $what }
step-notebook-change = Changed, stopped or started the notebook { $what }
step-notebook-create = Created the notebooks { $what }
step-notebook-create-accelerated = Created notebooks with accelerators ({ $types }): { $what }
step-studio-change = Changed Studio: { $what }
step-run-job = Started jobs: { $what }
step-run-job-written = Started a job on data written before with the same credentials: { $what }
step-run-job-accelerated = Started jobs on accelerators ({ $types }): { $what }
step-job-foreign-output = Started a job that writes to { $buckets }, outside the organisation: { $what }
step-mine = Started jobs that mine cryptocurrency ({ $types }): { $what }
step-run-pipeline = Changed or started pipelines: { $what }
step-start-compute = Started or changed machines: { $what }
step-supply-code = Brought in code or images: { $what }
step-run-command = Ran commands or functions on { $what }
step-share-registry = Changed who may use { $what }
step-share-registry-foreign = Opened { $what } to { $strangers }
step-open-bucket = Changed who may reach the bucket { $what }
step-open-bucket-public = Opened the bucket { $what } to everybody
step-open-bucket-foreign = Opened the bucket { $what } to { $strangers }
step-close-bucket = Blocked public access to the bucket { $what }
step-key-access = Changed who may use the key { $what }
step-key-access-foreign = Opened the key { $what } to { $strangers }
step-share-snapshot = Copied or shared disks or file systems: { $calls }
step-list-objects = Listed the bucket { $what }
step-read-objects = Read { $count ->
    [one] { $count } object
   *[other] { $count } objects
} from the bucket { $what } ({ $size })
step-write-objects = Wrote { $count ->
    [one] { $count } object
   *[other] { $count } objects
} to the bucket { $what }
step-delete-objects = Deleted objects of the bucket { $what } ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
})
step-decrypt = Used keys to decrypt: { $what }
step-read-features = Read records of the feature group { $what } ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
})
step-write-features = Wrote to the feature group { $what } ({ $count ->
    [one] { $count } call
   *[other] { $count } calls
})
step-query-endpoint = Queried the endpoint { $what } { $count ->
    [one] { $count } time
   *[other] { $count } times
}, { $failed ->
    [one] { $failed } of them refused or failed
   *[other] { $failed } of them refused or failed
}
step-query-data = Queried data or logs: { $calls }
step-pull-image = Pulled container images: { $what }
step-package = Changed the model registry: { $what }
step-package-approved = Approved the model package { $what }
step-package-approved-own = Registered the model package { $what } and approved it with the same credential
step-model = Created the model { $what }
step-model-foreign-image = Created the model { $what } with a container image from outside: { $images }
step-endpoint-change = Changed endpoints: { $what }
step-endpoint-move = Moved the endpoint { $endpoint } to the configuration { $config }
step-endpoint-move-unseen = Moved the endpoint { $endpoint } to the configuration { $config }, which captures no data
step-stop-monitoring = Stopped or removed the monitoring { $what }
step-blind-trail = Narrowed, redirected or stopped the trail { $what }
step-blind-detector = Switched off or weakened detection: { $calls }
step-delete-logs = Removed logs or shortened their retention: { $what }
step-delete-job-record = Stopped jobs or removed their records: { $what }
step-delete-resource = Deleted { $count ->
    [one] { $count } resource
   *[other] { $count } resources
}: { $what }
step-disable-key = Disabled the key { $what } or scheduled its deletion
step-versioning = Changed versioning or encryption of the bucket { $what }
step-versioning-suspended = Suspended versioning of the bucket { $what }
step-network = Changed the network: { $calls }
step-quota = Asked for higher quotas ({ $count ->
    [one] { $count } request
   *[other] { $count } requests
})
step-use-model = Used foundation models: { $calls }
step-send-mail = Sent messages: { $calls }
step-defend = { $who } took measures: { $what }
behaviour-execution-channel = opens a channel for commands from outside
behaviour-download-and-run = downloads and runs code
behaviour-obfuscation = hides what it does
behaviour-credential-theft = takes the credentials of the machine
behaviour-exfiltration = sends data out
behaviour-miner = mines cryptocurrency
behaviour-persistence = installs itself to stay
behaviour-defence-evasion = removes traces or protection
behaviour-privilege = takes more rights on the machine
behaviour-lateral = reaches for other machines or identities
behaviour-discovery = looks around
behaviour-unknown = could not be read to the end
