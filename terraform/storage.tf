# Signed packages: created once under a name of their own, never rewritten, never public.
resource "google_storage_bucket" "packages" {
  name                        = "${var.project}-wallet-packages"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  soft_delete_policy {
    retention_duration_seconds = 604800 # a week to undo a mistake
  }

  lifecycle_rule {
    condition { age = 1 }
    action { type = "AbortIncompleteMultipartUpload" }
  }

  depends_on = [google_project_service.service]
}

# templates/{name}.pass/…, put there by the team. Earlier versions are kept for a while, to go back to.
resource "google_storage_bucket" "templates" {
  name                        = "${var.project}-wallet-templates"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition { days_since_noncurrent_time = 90 }
    action { type = "Delete" }
  }

  depends_on = [google_project_service.service]
}

# The source of the functions, one zip each, named by its content.
resource "google_storage_bucket" "sources" {
  name                        = "${var.project}-wallet-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # it holds nothing that the repository does not

  depends_on = [google_project_service.service]
}
