# Who builds the functions, and who deploys all of this from Cloud Build.

# Images of the functions, one package each. Old ones go; a rollback builds its source again.
resource "google_artifact_registry_repository" "functions" {
  repository_id = "wallet-functions"
  location      = var.region
  format        = "DOCKER"

  cleanup_policies {
    id     = "old"
    action = "DELETE"

    condition {
      older_than = "2592000s"
    }
  }

  cleanup_policies {
    id     = "recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = 3
    }
  }

  depends_on = [google_project_service.service]
}

# The account that the Go buildpack runs under: it reads source, writes images and logs, and runs nothing.
# https://cloud.google.com/functions/docs/securing/build-custom-sa
resource "google_artifact_registry_repository_iam_member" "builder" {
  location   = var.region
  repository = google_artifact_registry_repository.functions.name
  role       = "roles/artifactregistry.writer"
  member     = local.members["builder"]
}

resource "google_storage_bucket_iam_member" "builder" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = local.members["builder"]
}

# Logs, and the buckets that Cloud Functions copies sources to.
resource "google_project_iam_member" "builder" {
  for_each = {
    "roles/logging.logWriter"    = null
    "roles/storage.objectViewer" = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-\")"
  }

  project = var.project
  role    = each.key
  member  = local.members["builder"]

  dynamic "condition" {
    for_each = each.value[*]

    content {
      title      = "wallet-sources"
      expression = condition.value
    }
  }
}

# The account of cloudbuild.yaml. It may change everything here, and is not given what it need not have: no value of a secret,
# no pass, no role on the project to hand out but those that functions have. (What manages IAM could take more; such a step
# stands in the audit log.) Its own grants are changed by a person's apply.
# Buckets, secrets, topics and the database, without what is in them.
resource "google_project_iam_custom_role" "deployer" {
  role_id     = "walletDeployer"
  title       = "Wallet passes: deployer"
  description = "Manages buckets, secrets, topics and the Firestore database, and reads nothing in them."

  permissions = [
    "cloudkms.cryptoKeys.getIamPolicy",
    "datastore.databases.create",
    "datastore.databases.get",
    "datastore.databases.getMetadata",
    "datastore.databases.list",
    "datastore.databases.update",
    "datastore.indexes.create",
    "datastore.indexes.delete",
    "datastore.indexes.get",
    "datastore.indexes.list",
    "datastore.indexes.update",
    "datastore.operations.get",
    "datastore.operations.list",
    "pubsub.subscriptions.create",
    "pubsub.subscriptions.delete",
    "pubsub.subscriptions.get",
    "pubsub.subscriptions.getIamPolicy",
    "pubsub.subscriptions.list",
    "pubsub.subscriptions.setIamPolicy",
    "pubsub.subscriptions.update",
    "pubsub.topics.attachSubscription",
    "pubsub.topics.create",
    "pubsub.topics.delete",
    "pubsub.topics.get",
    "pubsub.topics.getIamPolicy",
    "pubsub.topics.list",
    "pubsub.topics.setIamPolicy",
    "pubsub.topics.update",
    "secretmanager.secrets.create",
    "secretmanager.secrets.delete",
    "secretmanager.secrets.get",
    "secretmanager.secrets.getIamPolicy",
    "secretmanager.secrets.list",
    "secretmanager.secrets.setIamPolicy",
    "secretmanager.secrets.update",
    "storage.buckets.create",
    "storage.buckets.delete",
    "storage.buckets.get",
    "storage.buckets.getIamPolicy",
    "storage.buckets.list",
    "storage.buckets.setIamPolicy",
    "storage.buckets.update",
  ]

  depends_on = [google_project_service.service]
}

locals {
  deployer_roles = concat([
    "roles/artifactregistry.admin",
    "roles/cloudfunctions.admin",
    "roles/cloudscheduler.admin",
    "roles/eventarc.admin",
    "roles/firebaserules.admin",
    "roles/iam.roleViewer",
    "roles/iam.serviceAccountAdmin",
    "roles/logging.configWriter",
    "roles/logging.logWriter",
    "roles/monitoring.editor",
    "roles/run.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/serviceusage.serviceUsageConsumer",
  ], local.balancer ? ["roles/compute.loadBalancerAdmin", "roles/compute.securityAdmin"] : [])

  # The roles on the project that are handed out to the accounts of functions, of events and of builds.
  project_roles = ["roles/datastore.user", "roles/datastore.viewer", "roles/eventarc.eventReceiver", "roles/logging.logWriter", "roles/storage.objectViewer"]

  # Terraform's state, and what "gcloud builds submit" uploads.
  deployer_buckets = ["${var.project}-terraform", "${var.project}_cloudbuild"]
}

resource "google_project_iam_member" "deployer" {
  for_each = toset(local.deployer_roles)

  project = var.project
  role    = each.key
  member  = local.members["deployer"]
}

resource "google_project_iam_member" "deployer_custom" {
  project = var.project
  role    = google_project_iam_custom_role.deployer.id
  member  = local.members["deployer"]
}

# https://cloud.google.com/iam/docs/setting-limits-on-granting-roles
resource "google_project_iam_member" "deployer_grants" {
  project = var.project
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = local.members["deployer"]

  condition {
    title      = "wallet-roles-only"
    expression = "api.getAttribute(\"iam.googleapis.com/modifiedGrantsByRole\", []).hasOnly(${jsonencode(local.project_roles)})"
  }
}

resource "google_project_iam_member" "deployer_objects" {
  project = var.project
  role    = "roles/storage.objectAdmin"
  member  = local.members["deployer"]

  condition {
    title = "wallet-state-and-uploads"
    expression = join(" || ", flatten([for bucket in local.deployer_buckets : [
      "resource.name == \"projects/_/buckets/${bucket}\"", "resource.name.startsWith(\"projects/_/buckets/${bucket}/\")",
    ]]))
  }
}

resource "google_storage_bucket_iam_member" "deployer" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectAdmin"
  member = local.members["deployer"]
}

# To deploy a function, to build one or to make a trigger is to act as its account.
resource "google_service_account_iam_member" "deployer" {
  for_each = { for name, email in local.emails : name => email if name != "deployer" }

  service_account_id = "projects/${var.project}/serviceAccounts/${each.value}"
  role               = "roles/iam.serviceAccountUser"
  member             = local.members["deployer"]
}
