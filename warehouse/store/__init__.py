"""The store: where everything that is kept can be shared by several machines, a folder or an S3-compatible bucket.

Without a store (`Layout.store` is empty, `ILMS_STORE` is not set) ILMS_HOME is where everything is kept, and nothing
here does anything. With one, ILMS_HOME is the scratch of one machine, in which work happens as ever: what is needed is
brought from the store first, and what is finished is put there in one step.

What others call, all of it without effect when there is no store:

    kept.at_work(layout, partition)   a stage works on a partition: nobody else does meanwhile, its facts are brought,
                                      and what it leaves behind is put, also when it fails
    kept.publishing(layout)           the same for the releases: pointer, log of states, history, what was disclosed
    kept.estimating_regions(layout)   the same for the regional estimates
    kept.follow(layout, sources)      bring the facts of partitions without working on them; `follow_releases` brings
                                      the releases that readers may see, and the pointer
    files.bring_here(layout, files)   bring the content of files of which only the facts were brought
    lease.leased(store, name)         a lock of any name, which a dead process loses after LEASE_SECONDS
    address.open_store(address)       the store itself: `read`, `write` (conditional), `versions`, `upload`, `download`

How it is kept, by key:

    objects/<sha256>       content of files, under the id that follows from it: never overwritten
    partitions/..., releases, regional/...   records: which files there are, with their SHA-256; replaced by a
                           conditional write, so a reader sees all of a step or nothing, and of two writers one loses
    status/..., golden/... the last outcome of each partition; whether each declaration meets its golden waves
    locks/...              who is at work on what

Keys are made of ids that were checked (partitions, release profiles) and checksums, never of what a producer sent.
Credentials and the endpoint come from the usual variables of AWS (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_ENDPOINT_URL, AWS_REGION) or from its profiles and roles, and are never logged.
"""
