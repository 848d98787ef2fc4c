# Words of the vocabulary of cases.
certainty-observed = observed
certainty-derived = derived
certainty-inferred = inferred
certainty-claimed = claimed by the client
status-answered = answered
status-partial = answered in part
status-not-determinable = cannot be determined
count-events = { $count ->
    [one] { $count } event
   *[other] { $count } events
}
