//! What right answers to the fifteen questions must contain, written from the story.
//!
//! Every answer is partial: the intruder narrowed and stopped a trail, so that nobody can say that the
//! logs hold everything.

use serde_json::{Value, json};

use super::cast::{DATA_KEY, DEV, PROD};

const BUCKET: &str = "arn:aws:s3:::ml-training-data-111122223333";
const CONTRACTOR: &str = "arn:aws:iam::111122223333:user/contractor-labelling";

/// The steps, for the ids of their events.
struct Story<'a> {
    steps: &'a [Value],
    response: &'a [String],
}

impl Story<'_> {
    /// The id of an event of a step, both counted from the beginning: steps from 1, events from 0.
    fn at(&self, step: usize, event: usize) -> Vec<String> {
        let id = self
            .steps
            .get(step - 1)
            .and_then(|step| step.get("event_ids")?.get(event)?.as_str());
        id.map(str::to_owned).into_iter().collect()
    }

    fn response(&self, event: usize) -> Vec<String> {
        self.response.get(event).cloned().into_iter().collect()
    }
}

/// One fact: a statement of the answer has this certainty, is about the subject, cites the events, and
/// says all of the words.
fn fact(
    certainty: &str,
    subject: Option<&str>,
    event_ids: Vec<String>,
    text_en: &[&str],
    text_fr: &[&str],
) -> Value {
    json!({ "certainty": certainty, "subject": subject, "event_ids": event_ids, "text_en": text_en, "text_fr": text_fr })
}

fn answer(question: u8, facts: Vec<Value>) -> Value {
    json!({ "question": question, "status": "partial", "facts": facts })
}

/// The facts of all answers.
pub(super) fn answers(steps: &[Value], response: &[String]) -> Vec<Value> {
    let story = Story { steps, response };
    vec![
        accessed(&story),
        entry(&story),
        actions(&story),
        taken(&story),
        poisoned(&story),
        made(&story),
        tools(&story),
        logs(&story),
        rights(&story),
        network(&story),
        pivots(&story),
        others(&story),
        impact(&story),
        recovery(&story),
        practices(&story),
    ]
}

fn sagemaker(account: &str, region: &str, resource: &str) -> String {
    format!("arn:aws:sagemaker:{region}:{account}:{resource}")
}

fn accessed(story: &Story<'_>) -> Value {
    let groups = sagemaker(DEV, "eu-west-1", "feature-group/customer-profile");
    let endpoint = sagemaker(PROD, "eu-west-1", "endpoint/fraud-scoring");
    answer(
        1,
        vec![
            fact(
                "observed",
                None,
                story.at(13, 68),
                &["s3 object", "ml-training-data-111122223333"],
                &["ml-training-data-111122223333", "en lecture"],
            ),
            fact(
                "observed",
                None,
                story.at(13, 4),
                &["s3 object", "ml-artifacts-111122223333"],
                &["ml-artifacts-111122223333"],
            ),
            fact(
                "observed",
                None,
                story.at(5, 0),
                &["ml/feature-store/database"],
                &["ml/feature-store/database"],
            ),
            fact(
                "observed",
                Some(&groups),
                story.at(17, 12),
                &["customer-profile", "wrote: 8"],
                &["customer-profile", "en écriture : 8"],
            ),
            fact(
                "observed",
                Some(&endpoint),
                story.at(22, 1),
                &["fraud-scoring", "failed: 37"],
                &["fraud-scoring", "en échec : 37"],
            ),
            fact(
                "observed",
                Some(DATA_KEY),
                story.at(30, 0),
                &["kms key"],
                &["kms key"],
            ),
        ],
    )
}

fn entry(story: &Story<'_>) -> Value {
    answer(
        2,
        vec![
            fact(
                "derived",
                None,
                story.at(1, 0),
                &[
                    "first event",
                    "2026-03-17T01:47:12Z",
                    "contractor-labelling",
                    "192.0.2.44",
                ],
                &[
                    "Premier événement",
                    "2026-03-17T01:47:12Z",
                    "contractor-labelling",
                    "192.0.2.44",
                ],
            ),
            fact(
                "derived",
                None,
                story.at(1, 0),
                &["Proved", "long-term key", "AKIAEXAMPLE7XGSF4TGJ"],
                &["Établi", "clé à long terme", "AKIAEXAMPLE7XGSF4TGJ"],
            ),
            fact(
                "observed",
                None,
                story.at(3, 0),
                &["Proved", "presigned URL", "fhaddad"],
                &["Établi", "URL présignée", "fhaddad"],
            ),
            fact(
                "derived",
                None,
                story.at(4, 0),
                &["Proved", "execution role", "SageMaker-ExecutionRole-MLOps"],
                &[
                    "Établi",
                    "rôle d’exécution",
                    "SageMaker-ExecutionRole-MLOps",
                ],
            ),
            fact(
                "observed",
                None,
                story.at(6, 0),
                &["Proved", "lifecycle script", "platform-telemetry"],
                &["Établi", "script de cycle de vie", "platform-telemetry"],
            ),
            fact(
                "observed",
                None,
                story.at(11, 0),
                &["Proved", "trust policy", "999988887777"],
                &["Établi", "relation d’approbation", "999988887777"],
            ),
            fact(
                "derived",
                None,
                Vec::new(),
                &["No evidence, in the logs that existed", "root user"],
                &[
                    "Aucune trace, dans les journaux qui existaient",
                    "utilisateur racine",
                ],
            ),
            fact(
                "derived",
                None,
                Vec::new(),
                &[
                    "No evidence, in the logs that existed",
                    "sign-in to the console",
                ],
                &[
                    "Aucune trace, dans les journaux qui existaient",
                    "connexion à la console",
                ],
            ),
        ],
    )
}

fn actions(story: &Story<'_>) -> Value {
    let all = [
        (2, 0, "Looked around", "Reconnaissance"),
        (
            3,
            0,
            "session as somebody else",
            "au nom d’une autre personne",
        ),
        (5, 0, "Read secrets", "Lecture de secrets"),
        (
            6,
            0,
            "opens a channel for commands",
            "ouvre un canal de commande",
        ),
        (
            7,
            1,
            "on the notebook fraud-legacy-notebook and restarted it",
            "au notebook fraud-legacy-notebook",
        ),
        (
            9,
            0,
            "off the notebook fraud-legacy-notebook and deleted it",
            "du notebook fraud-legacy-notebook, puis suppression",
        ),
        (
            10,
            0,
            "access key for another user: svc-backup",
            "clé d’accès pour un autre utilisateur : svc-backup",
        ),
        (11, 1, "administrator rights", "droits d’administrateur"),
        (
            12,
            0,
            "From account 999988887777",
            "depuis le compte 999988887777",
        ),
        (
            20,
            0,
            "Went over to account 444455556666",
            "Passage au compte 444455556666",
        ),
        (25, 2, "mine cryptocurrency", "minent de la cryptomonnaie"),
        (27, 3, "the trail ml-dev-data-events", "ml-dev-data-events"),
        (
            29,
            0,
            "Deleted 23 resources",
            "Suppression de 23 ressources",
        ),
        (30, 0, "Disabled the key", "Désactivation de la clé"),
    ];
    let facts = all.into_iter();
    answer(
        3,
        facts
            .map(|(step, event, en, fr)| {
                fact("observed", None, story.at(step, event), &[en], &[fr])
            })
            .collect(),
    )
}

fn taken(story: &Story<'_>) -> Value {
    answer(
        4,
        vec![
            fact(
                "observed",
                Some(BUCKET),
                story.at(13, 68),
                &[
                    "1060 objects",
                    "63237761430 bytes",
                    "svc-backup",
                    "192.0.2.171",
                ],
                &["1060 objets lus", "63237761430 octets", "svc-backup"],
            ),
            fact(
                "observed",
                Some("arn:aws:s3:::ml-artifacts-111122223333"),
                story.at(13, 4),
                &["64 objects", "3256123296 bytes"],
                &["64 objets lus", "3256123296 octets"],
            ),
            fact(
                "observed",
                Some("ml-export-999988887777"),
                story.at(16, 0),
                &[
                    "s3://ml-training-data-111122223333/",
                    "outside the organisation",
                    "telemetry-export-01",
                ],
                &["hors de l’organisation", "telemetry-export-01"],
            ),
            fact(
                "observed",
                None,
                story.at(16, 0),
                &["foreign key", "999988887777"],
                &["clé étrangère", "999988887777"],
            ),
            fact(
                "observed",
                None,
                story.at(14, 0),
                &["fraud-models", "999988887777"],
                &["fraud-models", "999988887777"],
            ),
            fact(
                "observed",
                None,
                story.at(15, 1),
                &["ml-training-data-111122223333", "everybody"],
                &["ml-training-data-111122223333", "tout le monde"],
            ),
            fact(
                "observed",
                None,
                story.at(24, 0),
                &["fraud-scoring", "1080 times"],
                &["fraud-scoring", "1080 requêtes"],
            ),
            fact(
                "observed",
                Some(BUCKET),
                story.at(17, 0),
                &["12 objects", "written"],
                &["12 objets écrits"],
            ),
            fact(
                "observed",
                None,
                story.at(5, 0),
                &["Read secrets", "ml/ci/deploy-key"],
                &["Lecture de secrets", "ml/ci/deploy-key"],
            ),
        ],
    )
}

fn poisoned(story: &Story<'_>) -> Value {
    let job = sagemaker(DEV, "eu-west-1", "training-job/fraud-refresh-0318");
    let package = sagemaker(DEV, "eu-west-1", "model-package/fraud-models/900");
    let model = sagemaker(PROD, "eu-west-1", "model/fraud-v75-hotfix");
    let endpoint = sagemaker(PROD, "eu-west-1", "endpoint/fraud-scoring");
    answer(
        5,
        vec![
            fact(
                "derived",
                Some(&job),
                [story.at(17, 0), story.at(18, 0)].concat(),
                &["fraud-refresh-0318", "fraud/train/"],
                &["fraud-refresh-0318", "fraud/train/", "écrites par l’intrus"],
            ),
            fact(
                "derived",
                Some(&package),
                [story.at(18, 0), story.at(19, 0)].concat(),
                &["fraud-models/900", "fraud-refresh-0318"],
                &["fraud-models/900", "le résultat de fraud-refresh-0318"],
            ),
            fact(
                "observed",
                Some(&package),
                story.at(19, 1),
                &["fraud-models/900", "approved"],
                &["fraud-models/900", "approuvé"],
            ),
            fact(
                "observed",
                Some(&model),
                story.at(21, 0),
                &[
                    "fraud-v75-hotfix",
                    "outside the organisation",
                    "serving:latest",
                ],
                &[
                    "fraud-v75-hotfix",
                    "extérieurs à l’organisation",
                    "serving:latest",
                ],
            ),
            fact(
                "observed",
                Some(&model),
                [story.at(21, 0), story.at(22, 0)].concat(),
                &["fraud-config-v75-hotfix"],
                &["fraud-config-v75-hotfix"],
            ),
            fact(
                "observed",
                Some(&endpoint),
                story.at(22, 1),
                &["fraud-scoring", "fraud-config-v75-hotfix"],
                &["fraud-scoring", "basculé"],
            ),
            fact(
                "observed",
                None,
                story.at(17, 12),
                &["customer-profile"],
                &["customer-profile"],
            ),
            fact(
                "inferred",
                Some(&endpoint),
                story.at(24, 0),
                &["1080 queries", "steady stream"],
                &["1080 requêtes", "rythme régulier"],
            ),
            // Others train on the overwritten data without knowing.
            fact(
                "derived",
                None,
                story.at(17, 0),
                &[
                    "SageMaker-ExecutionRole-Pipeline",
                    "data that the intruder wrote",
                ],
                &["SageMaker-ExecutionRole-Pipeline", "écrites par l’intrus"],
            ),
        ],
    )
}

fn made(story: &Story<'_>) -> Value {
    let notebook = sagemaker(DEV, "ap-southeast-1", "notebook-instance/gpu-0");
    let model = sagemaker(PROD, "eu-west-1", "model/fraud-v75-hotfix");
    let config = sagemaker(
        DEV,
        "eu-west-1",
        "notebook-instance-lifecycle-config/platform-telemetry",
    );
    answer(
        6,
        vec![
            fact(
                "derived",
                Some(&notebook),
                story.at(26, 0),
                &["Created and not deleted", "gpu-0"],
                &["Créé et non supprimé", "gpu-0"],
            ),
            fact(
                "derived",
                Some(&model),
                story.at(21, 0),
                &["Created and not deleted"],
                &["Créé et non supprimé"],
            ),
            fact(
                "observed",
                Some(&config),
                [story.at(6, 0), story.at(9, 2)].concat(),
                &["Created and deleted again"],
                &["Créé puis supprimé"],
            ),
            fact(
                "observed",
                Some(&sagemaker(DEV, "eu-west-1", "endpoint/churn-dev")),
                story.at(29, 0),
                &["Deleted"],
                &["Supprimé"],
            ),
            fact(
                "observed",
                Some(BUCKET),
                story.at(15, 1),
                &["Changed", "PutBucketPolicy"],
                &["Modifié", "PutBucketPolicy"],
            ),
        ],
    )
}

fn tools(story: &Story<'_>) -> Value {
    answer(
        7,
        vec![
            fact(
                "claimed",
                None,
                story.at(1, 0),
                &[
                    "contractor-labelling",
                    "never used",
                    "Python SDK",
                    "Boto3/1.34.11",
                ],
                &["contractor-labelling", "jamais utilisé", "Boto3/1.34.11"],
            ),
            fact(
                "claimed",
                None,
                story.at(4, 0),
                &["never used", "aws-cli/2.15.40"],
                &["jamais utilisé", "aws-cli/2.15.40"],
            ),
            fact(
                "observed",
                None,
                story.at(10, 1),
                &["svc-backup", "s3 (1060)"],
                &["svc-backup", "s3 (1060)"],
            ),
        ],
    )
}

fn logs(story: &Story<'_>) -> Value {
    answer(
        8,
        vec![
            fact(
                "observed",
                None,
                [story.at(27, 1), story.at(27, 3)].concat(),
                &["ml-dev-data-events"],
                &["ml-dev-data-events"],
            ),
            fact(
                "observed",
                None,
                story.at(27, 1),
                &["leave events out", "userIdentity.arn"],
                &["écartent des événements", "userIdentity.arn"],
            ),
            fact(
                "observed",
                None,
                story.at(27, 2),
                &["logs-999988887777", "outside the organisation"],
                &["logs-999988887777", "hors de l’organisation"],
            ),
            fact(
                "observed",
                None,
                story.at(27, 2),
                &["Validation of log files", "switched off"],
                &["validation des fichiers", "désactivée"],
            ),
            fact(
                "observed",
                None,
                story.at(27, 6),
                &["UpdateDetector", "StopConfigurationRecorder"],
                &["UpdateDetector", "StopConfigurationRecorder"],
            ),
            fact(
                "observed",
                None,
                story.at(28, 7),
                &["/aws/sagemaker/NotebookInstances"],
                &["/aws/sagemaker/NotebookInstances"],
            ),
            fact(
                "observed",
                None,
                story.at(28, 1),
                &["fraud-refresh-0318"],
                &["fraud-refresh-0318"],
            ),
            fact(
                "observed",
                None,
                story.at(23, 0),
                &["fraud-scoring-quality"],
                &["fraud-scoring-quality"],
            ),
            fact(
                "derived",
                None,
                story.at(27, 3),
                &["was stopped"],
                &["Arrêt de l’enregistrement"],
            ),
        ],
    )
}

fn rights(story: &Story<'_>) -> Value {
    answer(
        9,
        vec![
            fact(
                "observed",
                None,
                story.at(11, 0),
                &[
                    "Opened the role SageMaker-ExecutionRole-MLOps",
                    "999988887777",
                ],
                &[
                    "Ouverture du rôle SageMaker-ExecutionRole-MLOps",
                    "999988887777",
                ],
            ),
            fact(
                "observed",
                None,
                [story.at(11, 1), story.at(11, 2)].concat(),
                &["administrator rights", "LegacyNotebook"],
                &["droits d’administrateur", "LegacyNotebook"],
            ),
            fact(
                "observed",
                None,
                story.at(10, 0),
                &["svc-backup"],
                &["svc-backup"],
            ),
            fact(
                "observed",
                None,
                story.at(26, 0),
                &["gpu-0", "was given"],
                &["gpu-0", "a été donné"],
            ),
            fact(
                "derived",
                None,
                story.at(10, 0),
                &["had never made before", "iam:CreateAccessKey"],
                &["n’avait jamais faits", "iam:CreateAccessKey"],
            ),
            fact(
                "observed",
                None,
                story.at(11, 0),
                &["gave", "sts:AssumeRole"],
                &["stratégie", "sts:AssumeRole"],
            ),
        ],
    )
}

fn network(story: &Story<'_>) -> Value {
    answer(
        10,
        vec![
            fact(
                "observed",
                None,
                story.at(15, 1),
                &["ml-training-data-111122223333", "everybody"],
                &["ml-training-data-111122223333", "tout le monde"],
            ),
            fact(
                "observed",
                None,
                story.at(26, 0),
                &["4 notebooks", "direct access to the internet"],
                &["4 notebooks", "accès direct à Internet"],
            ),
            fact(
                "observed",
                None,
                story.at(16, 0),
                &["network isolation switched off", "telemetry-export-01"],
                &["sans isolation réseau", "telemetry-export-01"],
            ),
            fact(
                "derived",
                None,
                Vec::new(),
                &["No evidence of changes of VPCs", "in the logs that existed"],
                &[
                    "Aucune trace de la modification de VPC",
                    "dans les journaux qui existaient",
                ],
            ),
        ],
    )
}

fn pivots(story: &Story<'_>) -> Value {
    answer(
        11,
        vec![
            fact(
                "observed",
                None,
                story.at(7, 1),
                &["fraud-legacy-notebook", "restarted"],
                &["fraud-legacy-notebook", "redémarrage"],
            ),
            fact("observed", None, story.at(3, 0), &["fhaddad"], &["fhaddad"]),
            fact(
                "observed",
                None,
                story.at(12, 0),
                &["999988887777"],
                &["999988887777"],
            ),
            fact(
                "observed",
                None,
                story.at(20, 0),
                &["444455556666", "ci-ml-deploy"],
                &["444455556666", "ci-ml-deploy"],
            ),
        ],
    )
}

fn others(story: &Story<'_>) -> Value {
    answer(
        12,
        vec![
            fact(
                "observed",
                None,
                story.at(25, 3),
                &["mine cryptocurrency", "ml.p4d.24xlarge", "5 of 9"],
                &["cryptomonnaie", "ml.p4d.24xlarge", "5 sur 9"],
            ),
            fact(
                "observed",
                None,
                story.at(25, 0),
                &["higher quotas"],
                &["relèvement de quotas"],
            ),
            fact(
                "observed",
                None,
                story.at(26, 0),
                &["ml.g5.48xlarge", "gpu-3"],
                &["ml.g5.48xlarge", "gpu-3"],
            ),
            fact(
                "observed",
                Some("pool.example.com"),
                story.at(25, 3),
                &["pool.example.com", "192.0.2.171"],
                &["pool.example.com", "192.0.2.171"],
            ),
        ],
    )
}

fn impact(story: &Story<'_>) -> Value {
    answer(
        13,
        vec![
            fact(
                "observed",
                None,
                story.at(13, 4),
                &["Confidentiality", "1124 objects", "66493884726 bytes"],
                &["Confidentialité", "1124 objets lus", "66493884726 octets"],
            ),
            fact(
                "observed",
                None,
                story.at(5, 0),
                &["Confidentiality", "ml/registry/token"],
                &["Confidentialité", "ml/registry/token"],
            ),
            fact(
                "observed",
                None,
                story.at(17, 0),
                &["Integrity", "12 objects"],
                &["Intégrité", "12 objets"],
            ),
            fact(
                "observed",
                None,
                story.at(17, 12),
                &["Integrity", "customer-profile"],
                &["Intégrité", "customer-profile"],
            ),
            fact(
                "derived",
                None,
                story.at(18, 0),
                &["Integrity", "depend on"],
                &["Intégrité", "dépendent de"],
            ),
            fact(
                "observed",
                None,
                story.at(30, 3),
                &["Availability", "60 objects deleted"],
                &["Disponibilité", "60 objets supprimés"],
            ),
            fact(
                "observed",
                Some(DATA_KEY),
                story.at(30, 0),
                &["Availability", "keys"],
                &["Disponibilité", "clés"],
            ),
            fact(
                "observed",
                None,
                story.at(29, 0),
                &["Availability", "deleted"],
                &["Disponibilité", "supprimées"],
            ),
            fact(
                "observed",
                None,
                story.at(25, 3),
                &["Cost", "ml.p4d.24xlarge"],
                &["Coût", "ml.p4d.24xlarge"],
            ),
        ],
    )
}

fn recovery(story: &Story<'_>) -> Value {
    answer(
        14,
        vec![
            fact(
                "derived",
                Some(CONTRACTOR),
                story.at(1, 0),
                &["deactivate the key AKIAEXAMPLE7XGSF4TGJ"],
                &["désactiver la clé AKIAEXAMPLE7XGSF4TGJ"],
            ),
            fact(
                "derived",
                None,
                story.at(12, 1),
                &["revoke the sessions", "SageMaker-ExecutionRole-MLOps"],
                &["révoquer les sessions", "SageMaker-ExecutionRole-MLOps"],
            ),
            fact(
                "observed",
                None,
                story.at(11, 0),
                &["trust policy of SageMaker-ExecutionRole-MLOps"],
                &["relation d’approbation de SageMaker-ExecutionRole-MLOps"],
            ),
            fact(
                "derived",
                None,
                story.at(26, 0),
                &["4 notebooks", "gpu-0"],
                &["4 notebooks", "gpu-0"],
            ),
            fact(
                "derived",
                None,
                story.at(22, 1),
                &["move the endpoint fraud-scoring back", "fraud-config-v75 "],
                &[
                    "rebasculer le point de terminaison fraud-scoring",
                    "fraud-config-v75 ",
                ],
            ),
            fact(
                "derived",
                Some(BUCKET),
                story.at(17, 0),
                &["from versions before 2026-03-18T02:05:00Z"],
                &["versions antérieures à 2026-03-18T02:05:00Z"],
            ),
            fact(
                "derived",
                Some(DATA_KEY),
                story.at(30, 1),
                &["cancel the deletion"],
                &["annuler la suppression"],
            ),
            fact(
                "observed",
                None,
                story.response(4),
                &["Done already", "CancelKeyDeletion"],
                &["Déjà fait", "CancelKeyDeletion"],
            ),
        ],
    )
}

fn practices(story: &Story<'_>) -> Value {
    answer(
        15,
        vec![
            fact(
                "observed",
                Some(CONTRACTOR),
                story.at(1, 0),
                &["Long-term keys", "contractor-labelling"],
                &["clés à long terme", "contractor-labelling"],
            ),
            fact(
                "observed",
                None,
                story.at(11, 1),
                &["Rights to everything"],
                &["droits sur tout"],
            ),
            fact(
                "observed",
                None,
                story.at(15, 1),
                &["opened to everybody"],
                &["ouvert à tout le monde"],
            ),
            fact(
                "observed",
                None,
                story.at(21, 0),
                &["Images from outside"],
                &["images extérieures"],
            ),
            fact(
                "observed",
                None,
                story.at(16, 0),
                &["Network isolation was not required"],
                &["isolation réseau n’était pas exigée"],
            ),
            fact(
                "observed",
                None,
                story.at(22, 0),
                &["Data capture was not required"],
                &["capture de données n’était pas exigée"],
            ),
            fact(
                "observed",
                None,
                story.at(27, 3),
                &["from the account that they watch"],
                &["depuis le compte qu’ils surveillent"],
            ),
            fact(
                "observed",
                None,
                story.at(3, 0),
                &["profile of somebody else"],
                &["profil d’une autre personne"],
            ),
        ],
    )
}
