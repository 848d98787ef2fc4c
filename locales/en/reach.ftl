# The blast radius.
reach-step = { $from } becomes { $to } by { $actions }
reach-missing = { $what } (collect with { $permission }): { $limits }
reach-rows-left-out = { $count ->
    [one] { $count } further row is in reach.json
   *[other] { $count } further rows are in reach.json
}
reach-not-reachable-count = { $count ->
    [one] { $count } row is out of reach, with its proof in reach.json
   *[other] { $count } rows are out of reach, with their proofs in reach.json
}
reach-condition-key = { $key }: { $values }
reach-condition-policy = { $what } does not deny it (collect with { $permission })
reach-circumstance-next-start = when the compute is started again
reach-circumstance-next-pull = when the image is pulled again
reach-circumstance-what-the-service-does = as far as the service does it with the role
reach-circumstance-identity-possible-if = if the identity itself is gained, which has conditions
reach-circumstance-policy-write-conditional = if the policy can be written as needed, which has conditions
reach-proof = { $action }: { $layer }, { $statements }
reach-proof-none = { $action }: { $layer }
reach-decision-allowed = allowed
reach-decision-explicitlydenied = explicitly denied
reach-decision-implicitlydenied = not allowed by any policy
reach-decision-unsupported = cannot be decided
reach-decision-nostatement = no statement concerns it
