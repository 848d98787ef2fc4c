//! Sound rules, from which cases are made by one change each.

pub(super) const ALL: &[&str] = &[PLAIN, BRANCHES, DATA, FIRST_SEEN, PAIR, COUNT, TRIGGER];

/// One selection, one exclusion.
pub(super) const PLAIN: &str = r"
title: Training on a chosen image
id: 7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10
name: plain
status: stable
description: Somebody trained
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
references: [https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html]
tags: [attack.persistence, attack.t1525, atlas.aml.t0020]
logsource: { product: aws, service: cloudtrail }
detection:
  selection:
    eventSource: sagemaker.amazonaws.com
    eventName: CreateTrainingJob
    requestParameters.algorithmSpecification.trainingImage|contains: evil
    requestParameters.algorithmSpecification.trainingInputMode: Pipe
  service:
    userIdentity.invokedBy|exists: true
  condition: selection and not service
falsepositives: [Nothing known]
level: high
rempart:
  category: poisoning
  catalogue: [DET-001]
  severity: The image is known to be hostile.
  explanation: '{principal} trained {requestParameters.trainingJobName} in {account}.'
  next_steps: [Stop the job]
";

/// Several calls, each with parameters of its own.
pub(super) const BRANCHES: &str = r"
title: Notebook weakened
id: 17d0f1a2-93ae-4b5e-8a4e-2d1b54f3a001
name: branches
status: stable
description: A notebook got root or the internet
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
modified: 2026-11-23
references: [https://docs.aws.amazon.com/]
tags: [attack.t1525]
logsource: { product: aws, service: cloudtrail }
detection:
  notebook:
    eventSource: sagemaker.amazonaws.com
    eventName: [CreateNotebookInstance, UpdateNotebookInstance]
  root:
    requestParameters.rootAccess: Enabled
  internet:
    requestParameters.directInternetAccess: Enabled
  bucket:
    eventSource: s3.amazonaws.com
    eventName|startswith: DeleteBucketPol
  trail:
    eventSource: [cloudtrail.amazonaws.com, config.amazonaws.com]
    eventName: [UpdateTrail, PutDeliveryChannel]
    awsRegion: eu-west-1
    userIdentity.type: AssumedRole
  condition: notebook and 1 of root or notebook and internet or bucket or trail
falsepositives: [Administration]
level: low
rempart:
  category: poisoning
  severity: Weak.
  explanation: '{principal} called {eventName}'
  next_steps: [Look]
";

/// Data events.
pub(super) const DATA: &str = r"
title: Endpoint asked
id: 27d0f1a2-93ae-4b5e-8a4e-2d1b54f3a002
name: data
status: stable
description: Somebody asked an endpoint
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
references: [https://docs.aws.amazon.com/]
tags: [atlas.aml.t0024]
logsource:
  product: aws
  service: cloudtrail
  definition: Needs data events of AWS::SageMaker::Endpoint
detection:
  selection:
    eventSource: sagemaker.amazonaws.com
    eventName: [InvokeEndpoint, InvokeEndpointAsync]
    resources.ARN|contains: fraud
  condition: selection
falsepositives: [Work]
level: low
rempart:
  category: poisoning
  severity: Weak.
  explanation: '{principal} called {eventName}'
  next_steps: [Look]
  requires: [AWS::SageMaker::Endpoint]
";

/// Never before.
pub(super) const FIRST_SEEN: &str = r"
title: New trainer
id: 37d0f1a2-93ae-4b5e-8a4e-2d1b54f3a003
name: first
status: stable
description: Somebody trained for the first time
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
references: [https://docs.aws.amazon.com/]
tags: [attack.t1525]
logsource: { product: aws, service: cloudtrail }
detection:
  selection:
    eventSource: sagemaker.amazonaws.com
    eventName: CreateTrainingJob
  taught:
    eventSource: sagemaker.amazonaws.com
    eventName: [CreateTrainingJob, StopTrainingJob]
    errorCode: null
  condition: selection
falsepositives: [New people]
level: high
rempart:
  category: poisoning
  severity: Rare.
  explanation: '{principal} called {eventName}'
  next_steps: [Look]
  first_seen:
    value: [userIdentity.arn]
    group-by: [recipientAccountId]
    observe: taught
    learning: 14d
    within: 1d
";

/// A correlation and the rules that it refers to.
pub(super) const PAIR: &str = r"
title: Registered
id: 47d0f1a2-93ae-4b5e-8a4e-2d1b54f3a004
name: registered
status: stable
description: A package was made
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
logsource: { product: aws, service: cloudtrail }
detection:
  selection:
    eventSource: sagemaker.amazonaws.com
    eventName: CreateModelPackage
  condition: selection
level: informational
rempart: { category: poisoning, emit: false }
---
title: Deployed
id: 47d0f1a2-93ae-4b5e-8a4e-2d1b54f3a005
name: deployed
status: stable
description: A model was made
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
logsource: { product: aws, service: cloudtrail }
detection:
  selection:
    eventSource: sagemaker.amazonaws.com
    eventName: CreateModel
  condition: selection
level: informational
rempart:
  category: poisoning
  emit: false
---
title: Registered and deployed
id: 47d0f1a2-93ae-4b5e-8a4e-2d1b54f3a006
name: both
status: stable
description: Both
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
references: [https://docs.aws.amazon.com/]
tags: [attack.t1525]
correlation:
  type: temporal_ordered
  rules: [registered, deployed]
  group-by: [recipientAccountId, package]
  timespan: 1h
  aliases:
    package:
      registered: requestParameters.modelPackageName
      deployed: requestParameters.containers.modelPackageName
falsepositives: [Pipelines]
level: medium
rempart:
  category: poisoning
  severity: Rare.
  explanation: '{principal} registered and deployed'
  next_steps: [Look]
";

/// A count of distinct values, and a sequence over it.
pub(super) const COUNT: &str = r"
title: Described
id: 57d0f1a2-93ae-4b5e-8a4e-2d1b54f3a007
name: described
status: stable
description: A model was read
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
logsource: { product: aws, service: cloudtrail }
detection:
  selection:
    eventSource: sagemaker.amazonaws.com
    eventName: DescribeModel
  condition: selection
level: informational
rempart:
  category: poisoning
  emit: false
---
title: Many described
id: 57d0f1a2-93ae-4b5e-8a4e-2d1b54f3a008
name: many
status: stable
description: Many models were read
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
references: [https://docs.aws.amazon.com/]
tags: [attack.t1525]
correlation:
  type: value_count
  rules: [described]
  group-by: [userIdentity.arn]
  timespan: 15m
  condition: { field: requestParameters.modelName, gte: 20 }
falsepositives: [Inventory]
level: low
rempart:
  category: poisoning
  severity: Rare.
  explanation: '{principal} read {count} models, first {requestParameters.modelName}'
  next_steps: [Look]
";

/// Decides by the name alone, which is allowed for this call.
pub(super) const TRIGGER: &str = r"
title: Logging stopped
id: 67d0f1a2-93ae-4b5e-8a4e-2d1b54f3a009
name: stopped
status: stable
description: A trail was stopped
author: Rempart project
license: MIT OR Apache-2.0
date: 2026-11-22
references: [https://docs.aws.amazon.com/]
tags: [attack.t1562.008]
logsource: { product: aws, service: cloudtrail }
detection:
  selection:
    eventSource: cloudtrail.amazonaws.com
    eventName: StopLogging
  condition: selection
falsepositives: [Decommissioning]
level: high
rempart:
  category: poisoning
  severity: Blind.
  explanation: '{principal} stopped a trail'
  next_steps: [Start it]
";
