resource "google_firestore_database" "passes" {
  name        = var.firestore_database
  location_id = var.region
  type        = "FIRESTORE_NATIVE"

  # Every write is guarded by the update time of what was read; nothing holds a lock.
  concurrency_mode = "OPTIMISTIC"

  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "ABANDON" # terraform destroy leaves the customers' passes where they are

  depends_on = [google_project_service.service]
}

# Firestore indexes every field by itself unless told otherwise, and charges for each with every write. These are large, or
# rise with time (which caps a collection near 500 writes a second), and nobody asks for them.
# https://cloud.google.com/firestore/native/docs/best-practices#indexes
locals {
  unindexed = {
    passes   = ["data", "images", "pass"]
    packages = ["authenticationToken", "committed", "contentHash", "lastModified", "object", "personalized", "problem", "sourceRevision", "timeline"]
    devices  = ["contact", "passes", "pushDue", "pushShard", "pushToken", "tokenConfirmed"]
  }
}

resource "google_firestore_field" "unindexed" {
  for_each = merge([for collection, fields in local.unindexed : {
    for field in fields : "${collection}.${field}" => { collection = collection, field = field }
  }]...)

  database   = google_firestore_database.passes.name
  collection = each.value.collection
  field      = each.value.field

  index_config {}
}

# The sweep asks which devices, of any pass type, have a push due. When a push is due rises with time; the shards before it let
# sixteen times as many devices be written in a second.
resource "google_firestore_index" "push_due" {
  database    = google_firestore_database.passes.name
  collection  = "devices"
  query_scope = "COLLECTION_GROUP"

  fields {
    field_path = "pushShard"
    order      = "ASCENDING"
  }

  fields {
    field_path = "pushDue"
    order      = "ASCENDING"
  }
}

# Only the functions and the issuers' own servers reach the database, through IAM. No phone or browser does.
resource "google_firebaserules_ruleset" "closed" {
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/firestore.rules")
    }
  }

  depends_on = [google_project_service.service]
}

resource "google_firebaserules_release" "closed" {
  name         = var.firestore_database == "(default)" ? "cloud.firestore" : "cloud.firestore/${var.firestore_database}"
  ruleset_name = google_firebaserules_ruleset.closed.name

  # Rules that are in use cannot be deleted.
  lifecycle {
    replace_triggered_by = [google_firebaserules_ruleset.closed]
  }

  depends_on = [google_firestore_database.passes]
}
