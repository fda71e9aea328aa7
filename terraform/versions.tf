terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # Some services ask on whose account a person calls them: on this project's.
  billing_project       = var.project
  user_project_override = true
}
