locals {
  services = concat([
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "eventarc.googleapis.com",
    "firebaserules.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
    ],
    local.balancer ? ["compute.googleapis.com"] : [],
    length(local.kms_keys) > 0 ? ["cloudkms.googleapis.com"] : [],
  )
}

resource "google_project_service" "service" {
  for_each = toset(local.services)

  service            = each.key
  disable_on_destroy = false # others in the project may use them
}
