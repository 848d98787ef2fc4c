# Words of the report of an investigation.
# The fifteen questions of the playbook.
question-1-title = Resources accessed
question-1 = Which SageMaker resources (notebooks, models, endpoints, jobs, feature stores, data) were accessed without authorisation?
question-2-title = How access was gained
question-2 = How was the unauthorised access gained?
question-3-title = Actions performed
question-3 = Which actions did the unauthorised user perform?
question-4-title = Exfiltration and tampering
question-4 = Were models or data exfiltrated or tampered with?
question-5-title = Poisoning and adversarial risk
question-5 = Is there a risk that data or models were poisoned, or that models face adversarial attacks?
question-6-title = New or modified resources
question-6 = Were resources created or modified, and do they still exist?
question-7-title = API and SDK use
question-7 = Which APIs or SDKs were used, and what was done through them?
question-8-title = Logs and audit trails
question-8 = Were logs or audit trails modified or deleted?
question-9-title = Roles and IAM policies
question-9 = Were roles or IAM policies modified or misused?
question-10-title = Network changes
question-10 = Were VPC or network settings altered?
question-11-title = Entry and pivot points
question-11 = Were notebooks or instances used as an entry or pivot point?
question-12-title = Attacks on others
question-12 = Were the resources used to attack other resources or external systems?
question-13-title = Impact
question-13 = What is the impact on confidentiality, integrity and availability?
question-14-title = Isolation and recovery
question-14 = How can what is affected be isolated, backed up, and recovered or rebuilt?
question-15-title = Practices not followed
question-15 = Which security practices were not followed?

# Words of the model.
phase-entry = entry
phase-reconnaissance = reconnaissance
phase-credentials = credentials
phase-privilege = privilege
phase-persistence = persistence
phase-exfiltration = exfiltration
phase-tampering = tampering
phase-evasion = evasion
phase-impact = impact
phase-response = response
phase-other = other
session-kind-user-key = key of a user
session-kind-console = console
session-kind-root = root user
session-kind-role = session of a role
session-kind-sagemaker = session made by SageMaker
session-kind-federated = federated session
session-kind-federated-user = federated user
session-kind-service = service
session-kind-foreign-account = foreign account
session-kind-unknown = unknown
link-kind-minted = session made
link-kind-created = credential made
link-kind-presigned = URL made
link-kind-passed = role passed
link-kind-runs-as = runs as
link-kind-same-call = same call
link-kind-same-address = same address (weak)
integrity-state-verified = verified
integrity-state-hash-only = hash agrees, signature not checked
integrity-state-altered = altered
integrity-state-unreferenced = in no digest
integrity-state-not-checked = not checked
coverage-state-covered = recorded
coverage-state-partial = recorded in part
coverage-state-stopped = recording stopped
coverage-state-unknown = unknown
coverage-state-missing = files missing
log-kind-management = Management events
log-kind-s3-data = S3 object events
log-kind-endpoint-data = Endpoint invocations
log-kind-feature-data = Feature store records
log-kind-other-data = Other data events
log-kind-network = Network activity events
attribution-on-behalf-of = the user for whom the calls were made
attribution-source-identity = the source identity
attribution-mint-chain = the chain of recorded sessions
attribution-session-name = the session name of the identity provider
attribution-presigned-url = the caller who made the URL
attribution-tags = tags of the request
attribution-candidates = everybody whom the logs allow
attribution-none = nothing in the logs

# The report as a whole.
report-title = Investigation report
report-title-of = Investigation { $case }
report-skip = Skip to the report
report-contents = Contents
report-theme = Light or dark
report-print = Print
report-tool = Written by { $tool }
report-utc = All times are UTC
report-none = None
report-not-given = not given
report-yes = yes
report-no = no
report-unknown = unknown
report-more = and { $count } more
report-from-to = { $from } to { $to }
report-all-time = everything that was read
report-footer = This file holds the whole report and loads nothing from elsewhere
report-severity-informational = informational
report-severity-low = low
report-severity-medium = medium
report-severity-high = high
report-severity-critical = critical

# Summary.
report-summary = Summary
report-severity = Gravest severity
report-severity-none = none rated
report-first-bad = First event held to be the intruder’s
report-last-activity = Last activity in scope
report-dwell = From first to last
report-duration = { $days ->
    [one] { $days } day
   *[other] { $days } days
} { $hours } h { $minutes } min
report-duration-hours = { $hours } h { $minutes } min
report-events-in-scope = Events in scope
report-failed = denied or failed
report-findings = Findings
report-sessions-count = Sessions
report-steps-count = Steps
report-accounts = Accounts
report-regions = Regions
report-integrity-of-logs = Integrity of the logs
report-scope = Scope of the investigation
report-suspect = Suspect
report-suspect-kind = Taken for
report-suspect-proposed = proposed by the program
report-suspect-given = given
report-origin = Origin
report-why = Why
report-period = Period asked for
report-aware-at = Became aware
report-glance = The fifteen questions at a glance
report-answer-tally = { $answered ->
    [one] { $answered } of { $all } questions is answered
   *[other] { $answered } of { $all } questions are answered
}, { $partial } in part; { $not } cannot be determined from what is at hand

# Answers.
report-answers = The fifteen answers
report-question = Question
report-question-number = Question { $number }
report-status = Status
report-statements = Statements
report-statement = Statement
report-certainty = Certainty
report-certainty-weakest = Certainty, strongest and weakest
report-evidence = Evidence
report-evidence-more = { $count ->
    [one] { $count } piece of evidence in all
   *[other] { $count } pieces of evidence in all
}
report-weakened-by = Limited by
report-subjects = About
report-rests-on = Rests on these logs
report-cannot-be-known = Cannot be known from what is at hand
report-to-collect = To collect
report-no-statement = Nothing can be stated
report-no-answer = The case holds no answer to this question

# Timeline.
report-timeline = Timeline
report-timeline-note = { $count ->
    [one] { $count } step, one line for the calls of one credential that belong together
   *[other] { $count } steps, each the calls of one credential that belong together
}
report-timeline-chart = Steps by session and time
report-timeline-aggregated = The chart counts steps in { $buckets } stretches of time; the tables show each one
report-lanes-left-out = { $count ->
    [one] { $count } further session has no lane in the chart
   *[other] { $count } further sessions have no lane in the chart
}
report-day = { $day }
report-day-part = { $day }, part { $part } of { $parts }
report-day-unknown = Without a readable time
report-time = Time
report-step = Step
report-phase = Phase
report-session = Session
report-what = What happened
report-calls = Calls
report-resources = Resources
report-addresses = Addresses
report-techniques = Techniques
report-rules = Rules
report-guardrails = Guardrails that would have stopped it
report-details = Details
report-failed-count = { $failed ->
    [one] { $failed } denied or failed
   *[other] { $failed } denied or failed
}
report-filter = Filter
report-filter-text = Search text
report-filter-all = all
report-filter-clear = Clear
report-filter-shown = of
report-filter-timeline = Filter of the timeline
report-filter-answers = Filter of the answers
report-filter-evidence = Filter of the evidence

# Activity.
report-activity = Activity by hour
report-activity-chart = Events by the day and hour in which their step began
report-activity-day = Day
report-activity-busiest = Busiest hour
report-activity-hours = Hours with activity
report-activity-older = Earlier days are in the table alone

# Sessions.
report-sessions = Sessions and the people behind them
report-session-graph = How sessions hang together
report-session-graph-note = Sessions and links in the order of time; the table of links says the same
report-graph-limited = The graph shows the first { $shown } of { $all }; the tables show all
report-session-kind = Kind
report-principal = Principal
report-session-key = Credential
report-role = Role
report-account = Account
report-mfa = Second factor
report-source-identity = Source identity
report-seen = First and last event
report-first = First
report-last = Last
report-events = Events
report-agents = User agents, chosen by the client
report-seen-new = new
report-attribution = Who is behind it
report-attribution-basis = Rests on { $basis }
report-attribution-stolen = The credential is held to be stolen: its owner is not its user
report-attribution-nobody = The logs do not tell
report-hostile = held to be the intruder’s as a whole
report-hostile-part = in part: what stands in the timeline
report-in-scope = Why in scope
report-marks = What stands out
report-links = Links
report-link-from = From
report-link-to = To
report-link-kind = Link

# Entities.
report-entities = Resources touched
report-entity-graph = Sessions, resources and accounts
report-entity-graph-note = Which session touched which resource; the table says the same
report-entity = Resource
report-entity-service = Service
report-entity-sessions = Sessions
report-entity-steps = Steps
report-entity-phases = Phases

# Reach.
report-reach = Reach
report-reach-note = What the credentials in scope could do under the policies at hand
report-reach-none = The policies were not examined for this report: what could have been reached is unknown
report-reach-empty = No row
report-reach-identity = Identity
report-reach-label = Verdict
report-reach-actions = Actions
report-reach-conditions = Under these conditions
report-reach-proof = Proof
report-reach-first = Since
report-reach-unknown = What could not be decided
reach-label-reached = reached
reach-label-attempted-denied = attempted, denied
reach-label-reachable = reachable
reach-label-reachable-if = reachable under conditions
reach-label-not-reachable = not reachable
reach-label-unknown = unknown

# Coverage and integrity.
report-coverage = What the logs cover
report-coverage-note = A stretch without events is never proof that nothing happened
report-coverage-log = Log
report-coverage-stretches = Stretches
report-coverage-chart = Coverage over time
report-coverage-strip = Coverage of { $log }
report-legend = Legend
report-notes = Notes
report-state = State
report-integrity = Integrity of log files
report-integrity-digests = Digest files read
report-integrity-verdict = Verdict
report-integrity-files = Log files
report-integrity-problems = Gaps and damaged, missing or foreign files
report-object = Object
report-reason = Reason

# Indicators and deadlines.
report-indicators = Indicators of compromise
report-indicator-kind = Kind
report-indicator-value = Value
report-deadlines = Legal deadlines
report-deadlines-note = Whether a duty applies is for the reader to decide
report-deadlines-none = The time of becoming aware was not given, so no period can be counted
report-deadline-duty = Duty
report-deadline-due = Due
report-deadline-no-delay = without undue delay
report-deadline-content = What the case can fill in

# Inputs, evidence, reading.
report-inputs = What was read
report-inputs-sources = Files and objects
report-inputs-records = Records kept
report-inputs-duplicates = Copies
report-inputs-unreadable = Could not be read
report-inputs-bytes = Bytes, inflated
report-inputs-digest = Digest of the inputs (SHA-256)
report-inputs-span = First and last record
report-inputs-rules = Rules applied
report-inputs-rules-digest = Digest of the rules (SHA-256)
report-inputs-estates = Snapshots of estates
report-inputs-collected-at = Collected
report-inputs-digest-of = Digest
report-inputs-path = Path
report-inputs-problems = What could not be read
report-appendix = Appendix: evidence
report-appendix-note = Every statement refers to these pieces. The digest is that of the raw bytes
report-evidence-source = Source
report-evidence-index = Number
report-evidence-digest = SHA-256
report-evidence-integrity = Integrity
report-evidence-title = Title
report-evidence-id = Identifier
report-evidence-missing = { $id } (not in this case)
evidence-kind-record = record
evidence-kind-policy = policy
evidence-kind-configuration = configuration
evidence-kind-finding = finding
evidence-kind-integrity = integrity
report-reading = How to read this report
report-reading-word = Word
report-reading-meaning = Meaning
report-reading-observed = A record says it
report-reading-derived = It follows from records and policies by stated rules
report-reading-inferred = A pattern or nearness in time suggests it
report-reading-claimed = A field that the client fills in says it, such as a user agent
report-reading-silence = Where this report found nothing, it says in which logs it looked. Absence of evidence is not evidence of absence

report-severity-of-step = Severity
report-what-asked = Asked
