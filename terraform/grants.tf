# Who may do what. Each grant is on the one resource it is for, and all of it comes from the map in functions.tf.

# Firestore knows roles on projects only; the condition narrows them to the one database.
# https://cloud.google.com/firestore/native/docs/manage-databases#per-database-access
resource "google_project_iam_member" "firestore" {
  for_each = { for name, f in local.deployed : name => f if f.firestore != null }

  project = var.project
  role    = "roles/datastore.${each.value.firestore}"
  member  = local.members[each.key]

  condition {
    title      = "wallet-passes-database"
    expression = "resource.name == \"projects/${var.project}/databases/${var.firestore_database}\""
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = merge([for name, f in local.deployed : {
    for id, secret in local.mounted[name] : "${name}/${id}" => { function = name, secret = id }
  }]...)

  secret_id = google_secret_manager_secret.secret[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.members[each.value.function]
}

# Whoever mounts the signing keys may sign with those that are elsewhere.
resource "google_kms_crypto_key_iam_member" "signer" {
  for_each = merge([for name, f in local.deployed : {
    for pass_type, key in local.kms_keys : "${name}/${pass_type}" => { function = name, key = key } if contains(f.secrets, "signing-keys") && (name != "personalize" || contains(local.personalized, pass_type))
  }]...)

  crypto_key_id = each.value.key
  role          = "roles/cloudkms.signerVerifier"
  member        = local.members[each.value.function]

  depends_on = [google_project_service.service]
}

locals {
  buckets = {
    packages  = google_storage_bucket.packages.name
    templates = google_storage_bucket.templates.name
  }
}

resource "google_storage_bucket_iam_member" "reader" {
  for_each = merge([for name, f in local.deployed : {
    for bucket in f.reads : "${name}/${bucket}" => { function = name, bucket = bucket }
  }]...)

  bucket = local.buckets[each.value.bucket]
  role   = "roles/storage.objectViewer"
  member = local.members[each.value.function]
}

# May create, and neither overwrite nor delete: a package is immutable.
resource "google_storage_bucket_iam_member" "writer" {
  for_each = merge([for name, f in local.deployed : {
    for bucket in f.writes : "${name}/${bucket}" => { function = name, bucket = bucket }
  }]...)

  bucket = local.buckets[each.value.bucket]
  role   = "roles/storage.objectCreator"
  member = local.members[each.value.function]
}

# May list and remove, and read nothing. The role that can do just this may create, too.
resource "google_storage_bucket_iam_member" "remover" {
  for_each = merge([for name, f in local.deployed : {
    for bucket in f.removes : "${name}/${bucket}" => { function = name, bucket = bucket }
  }]...)

  bucket = local.buckets[each.value.bucket]
  role   = "roles/storage.legacyBucketWriter"
  member = local.members[each.value.function]
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = merge([for name, f in local.deployed : {
    for topic in f.publishes : "${name}/${topic}" => { function = name, topic = topic }
  }]...)

  topic  = google_pubsub_topic.topic[each.value.topic].name
  role   = "roles/pubsub.publisher"
  member = local.members[each.value.function]
}

# Subscriptions, the Firestore trigger and the scheduler call functions as the account of events, which can do nothing else.
resource "google_project_iam_member" "event_receiver" {
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = local.members["events"]
}

# Devices and browsers cannot show a Google identity; they show a token of the pass, which the function checks.
resource "google_cloud_run_service_iam_member" "public" {
  for_each = { for name, f in local.deployed : name => f if contains(["devices", "browsers"], f.called_by) }

  location = var.region
  service  = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_service_iam_member" "issuer" {
  for_each = var.issuers

  location = var.region
  service  = google_cloudfunctions2_function.function["issue"].name
  role     = "roles/run.invoker"
  member   = each.key
}

resource "google_pubsub_topic_iam_member" "issuer" {
  for_each = var.issuers

  topic  = google_pubsub_topic.topic["pass-updates"].name
  role   = "roles/pubsub.publisher"
  member = each.key
}

# They are told who has signed up. To read the data in Firestore they need a role there, which is not given here.
resource "google_pubsub_subscription_iam_member" "issuer" {
  for_each = var.issuers

  subscription = google_pubsub_subscription.personalized.name
  role         = "roles/pubsub.subscriber"
  member       = each.key
}

resource "google_cloud_run_service_iam_member" "events" {
  for_each = { for name, f in local.deployed : name => f if !contains(["devices", "browsers", "issuers"], f.called_by) }

  location = var.region
  service  = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = local.members["events"]
}
