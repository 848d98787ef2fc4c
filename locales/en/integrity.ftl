# Integrity of log files.
integrity-verified = { $logs ->
    [one] { $logs } log file is
   *[other] All { $logs } log files are
} as CloudTrail delivered { $logs ->
    [one] it
   *[other] them
}: { $digests ->
    [one] { $digests } signed digest was checked
   *[other] { $digests } signed digests were checked
}
integrity-without-keys = { $digests ->
    [one] { $digests } digest was
   *[other] { $digests } digests were
} compared with { $logs ->
    [one] { $logs } log file
   *[other] { $logs } log files
}, but no signature could be checked without the public keys of CloudTrail
integrity-wrong = { $verified } of { $logs ->
    [one] { $logs } log file is
   *[other] { $logs } log files are
} verified by { $digests ->
    [one] { $digests } digest
   *[other] { $digests } digests
}; { $hours ->
    [0] what is wrong with the others is listed
    [one] digests of { $hours } hour are missing or wrong
   *[other] digests of { $hours } hours are missing or wrong
}
integrity-digest-missing = From { $from } to { $to }, the digests of { $hours ->
    [one] { $hours } hour are
   *[other] { $hours } hours are
} not there
integrity-digest-invalid = From { $from } to { $to }, digests are invalid ({ $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
})
integrity-tail-missing = After { $from }, the digests up to { $to } are not there ({ $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
})
integrity-head-truncated = Digests before { $to } are not there, and nothing shows why the chain begins there ({ $hours ->
    [0] from { $from }
    [one] { $hours } hour from { $from }
   *[other] { $hours } hours from { $from }
})
integrity-logging-off = Logging was off from { $from } to { $to }, as an event says ({ $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
})
integrity-file-verified = Signed by CloudTrail and unchanged
integrity-file-altered = The content is not the one that the digest names
integrity-file-missing = A digest names it, and it is not there
integrity-file-uncovered = No usable digest exists for its hour
integrity-file-unreferenced-pending = No digest names it yet: it is too new
integrity-file-unreferenced-suspicious = No digest names it, although the digest of its hour is there: it may be forged
integrity-file-digest-invalid = The signature, link or content of the digest is wrong
integrity-file-digest-missing = The digest is not there
integrity-file-tail-missing = The newest digests are not there
integrity-file-head-truncated = The oldest digests are not there
integrity-file-logging-off = Logging was off
integrity-file-unknown-key = The hash agrees, but no key is at hand to check the signature
integrity-file-trailing-data = Something was appended after the end of the compressed data
integrity-file-not-verifiable = It could not be decided
