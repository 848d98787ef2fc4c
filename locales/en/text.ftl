# Cases on a terminal.
text-case = case
text-suspects = suspects
text-first-bad = first bad event
text-last = last activity
text-scope = in scope
text-integrity = log integrity
text-counts = { $events ->
    [one] { $events } record
   *[other] { $events } records
} of { $sessions ->
    [one] { $sessions } credential
   *[other] { $sessions } credentials
}, { $failed } of them denied or failed; { $findings ->
    [one] { $findings } finding
   *[other] { $findings } findings
}
text-more-statements = { $count ->
    [one] and { $count } more statement
   *[other] and { $count } more statements
}
text-more-evidence = { $count ->
    [one] and { $count } more record
   *[other] and { $count } more records
}
text-head = { $title }: { $status }
text-unknown = What cannot be known from what is at hand
text-collect = What to collect
diff-nothing = Nothing changed
diff-first-bad = The first bad event was { $before } and is { $after }
diff-status = { $question }: was { $before }, is { $after }
diff-session = { $label } ({ $key })
diff-steps-gone = { $count ->
    [one] { $count } step is gone
   *[other] { $count } steps are gone
}
