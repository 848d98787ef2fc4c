//! What the controls say about the estate of `moto_estate.py`, only where moto answers as AWS does
//! (moto 5.2.5 drops members of models, endpoint configurations, processing jobs and feature groups).

/// A control, its verdict, and the resources that have it by the names of the script.
const TABLE: &str = "\
CF-01 PASS 111122223333/eu-west-1
CF-02 FAIL 111122223333/eu-west-1
CL-02 FAIL pod
CT-01 PASS 111122223333/global
CT-03 FAIL trail-stopped
CT-03 PASS trail-good
CT-04 FAIL trail-stopped
CT-04 PASS trail-good
CT-05 FAIL trail-stopped
CT-05 PASS trail-good
CT-07 FAIL 111122223333/global
CT-08 FAIL 111122223333/global
CT-10 PASS trail-good trail-stopped
CW-03 FAIL /aws/sagemaker/TrainingJobs
CW-03 NOT_APPLICABLE trail
CW-04 FAIL alarm-mute
CW-04 PASS alarm-heard
DM-01 FAIL domain-bad
DM-01 PASS domain-good
DM-02 FAIL domain-bad
DM-02 PASS domain-good
DM-04 FAIL domain-bad
DM-04 PASS domain-good
DM-05 FAIL domain-good
DM-05 NOT_APPLICABLE domain-bad
DM-06 FAIL domain-bad
DM-07 FAIL domain-bad
DM-07 PASS domain-good
DM-08 FAIL domain-bad
DM-08 PASS domain-good
DM-11 NOT_APPLICABLE efs-bad efs-good
EC-01 FAIL bad
EC-01 PASS good
EC-02 FAIL bad
EC-02 PASS good
EP-01 FAIL bad
EP-01 PASS good
EP-02 FAIL bad
EP-02 PASS good
EP-04 FAIL bad
EP-04 PASS good
EP-07 FAIL bad
EP-07 PASS good
FS-02 PASS good
FS-11 FAIL primary
FS-11 PASS good
GD-01 PASS 111122223333/eu-west-1
HP-01 FAIL bad
IA-01 FAIL bob
IA-01 NOT_APPLICABLE alice
IA-05 FAIL ml-admin
IA-05 PASS ml-anybody ml-confused ml-foreign ml-full ml-least ml-passes
IA-07 FAIL ml-confused
IA-07 NOT_APPLICABLE ml-anybody ml-foreign
IA-07 PASS ml-admin ml-full ml-least ml-passes
IA-08 FAIL ml-anybody ml-foreign
IA-08 PASS ml-admin ml-confused ml-full ml-least ml-passes
IA-10 FAIL ml-admin ml-passes
IA-10 NOT_APPLICABLE ml-anybody ml-confused ml-foreign ml-full ml-least
IA-11 FAIL ml-admin ml-full
IA-11 NOT_APPLICABLE ml-anybody ml-confused ml-foreign ml-least ml-passes
IA-12 FAIL ml-admin ml-passes
IA-12 NOT_APPLICABLE ml-anybody ml-foreign
IA-12 PASS ml-confused ml-full ml-least
IA-16 FAIL 111122223333/global
IA-17 FAIL bob
IA-17 PASS alice
KM-01 FAIL key-unrotated
KM-01 NOT_APPLICABLE key-dying
KM-01 PASS key-good key-granted key-public
KM-02 FAIL key-public
KM-02 PASS key-dying key-good key-granted key-unrotated
MD-06 FAIL bad
MD-06 PASS good
MD-08 FAIL bad
MD-08 PASS good
MM-01 FAIL bad
MM-01 PASS good
NB-01 FAIL bad
NB-01 PASS good
NB-02 FAIL bad
NB-02 PASS good
NB-03 FAIL bad
NB-03 PASS good
NB-04 FAIL bad
NB-04 PASS good
NB-08 FAIL bad
NB-08 PASS good
NB-11 FAIL bad
NB-11 PASS good
NW-01 FAIL vpc-unlogged
NW-01 PASS vpc
NW-03 FAIL endpoint-open
NW-03 PASS endpoint-scoped
NW-05 FAIL sg-open
NW-05 PASS sg-closed
NW-08 FAIL subnet-public
NW-08 PASS subnet-private
NW-11 FAIL 111122223333/eu-west-1
OR-01 FAIL account-fraud
OR-01 NOT_APPLICABLE 111122223333
OR-04 PASS 111122223333/global
PJ-02 FAIL bad
PJ-02 PASS good
PS-01 FAIL /ml/password
PS-01 NOT_APPLICABLE /ml/aws /ml/region
PS-01 PASS /ml/token
PS-02 FAIL /ml/aws
PS-02 NOT_APPLICABLE /ml/token
PS-02 PASS /ml/password /ml/region
PS-03 FAIL runbook-public
PS-03 PASS runbook-own
S3-01 FAIL 111122223333/global
S3-02 FAIL ml-bare ml-foreign ml-logs ml-public
S3-02 PASS ml-good
S3-03 FAIL ml-foreign ml-public
S3-03 PASS ml-bare ml-good ml-logs
S3-05 FAIL ml-bare ml-foreign ml-public
S3-05 PASS ml-good ml-logs
S3-06 FAIL ml-bare
S3-06 PASS ml-good
S3-07 FAIL ml-bare ml-foreign ml-logs ml-public
S3-07 PASS ml-good
S3-08 FAIL ml-bare ml-foreign ml-good ml-logs ml-public
S3-09 FAIL ml-bare ml-foreign ml-logs ml-public
S3-09 PASS ml-good
S3-10 FAIL ml-logs
S3-10 NOT_APPLICABLE ml-bare ml-foreign ml-good ml-public
S3-11 FAIL ml-bare ml-foreign ml-logs ml-public
S3-11 PASS ml-good
SC-01 FAIL good public
SC-02 FAIL public
SC-02 PASS good
SC-03 FAIL public
SC-03 PASS good
TJ-01 FAIL bad
TJ-01 PASS good
TJ-02 FAIL bad
TJ-02 PASS good
TJ-03 FAIL bad
TJ-03 PASS good
TJ-04 FAIL bad
TJ-04 PASS good
TJ-05 FAIL bad
TJ-05 PASS good
TR-01 FAIL bad
TR-01 PASS good
";

/// Control, verdict, resource.
pub(super) fn all() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all = Vec::new();
    for line in TABLE.lines() {
        let mut words = line.split(' ');
        let (control, verdict) = (words.next().unwrap(), words.next().unwrap());
        all.extend(words.map(|resource| (control, verdict, resource)));
    }
    all
}
