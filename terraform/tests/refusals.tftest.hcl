# What a plan refuses, each with a sentence (see ../variables.tf).

mock_provider "google" {}

variables {
  project    = "demo-project"
  region     = "us-central1"
  pass_types = { "pass.com.example.loyalty" = { team_identifier = "TEAMID1234" } }
}

run "accepted" {
  command = plan
}

run "project" {
  command         = plan
  expect_failures = [var.project]
  variables { project = "Demo Project" }
}

run "region_is_a_zone" {
  command         = plan
  expect_failures = [var.region]
  variables { region = "us-central1-a" }
}

run "region_is_a_multi_region" {
  command         = plan
  expect_failures = [var.region]
  variables { region = "nam5" }
}

run "database" {
  command         = plan
  expect_failures = [var.firestore_database]
  variables { firestore_database = "Passes" }
}

run "ingress" {
  command         = plan
  expect_failures = [var.ingress]
  variables { ingress = "gateway" }
}

run "domain_is_an_address" {
  command         = plan
  expect_failures = [var.domain]

  variables {
    ingress = "balancer"
    domain  = "https://passes.example.com"
  }
}

run "domain_is_missing" {
  command         = plan
  expect_failures = [var.domain]
  variables { ingress = "balancer" }
}

run "domain_without_balancer" {
  command         = plan
  expect_failures = [var.domain]
  variables { domain = "passes.example.com" }
}

run "no_pass_type" {
  command         = plan
  expect_failures = [var.pass_types]
  variables { pass_types = {} }
}

run "pass_type" {
  command         = plan
  expect_failures = [var.pass_types]
  variables { pass_types = { "com.example.loyalty" = { team_identifier = "TEAMID1234" } } }
}

run "pass_type_with_an_underscore" {
  command         = plan
  expect_failures = [var.pass_types]
  variables { pass_types = { "pass.com.example_loyalty" = { team_identifier = "TEAMID1234" } } }
}

run "team" {
  command         = plan
  expect_failures = [var.pass_types]
  variables { pass_types = { "pass.com.example.loyalty" = { team_identifier = "Example Ltd" } } }
}

run "certificate_version" {
  command         = plan
  expect_failures = [var.pass_types]
  variables { pass_types = { "pass.com.example.loyalty" = { team_identifier = "TEAMID1234", certificate = 0 } } }
}

run "kms_key_with_its_version" {
  command         = plan
  expect_failures = [var.pass_types]
  variables { pass_types = { "pass.com.example.loyalty" = { team_identifier = "TEAMID1234", kms_key = "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1" } } }
}

run "personalized_without_balancer" {
  command         = plan
  expect_failures = [var.pass_types]
  variables { pass_types = { "pass.com.example.loyalty" = { team_identifier = "TEAMID1234", personalized = true } } }
}

run "token_keys" {
  command         = plan
  expect_failures = [var.token_keys]
  variables { token_keys = [] }
}

run "apns_key" {
  command         = plan
  expect_failures = [var.apns_key]
  variables { apns_key = { key_id = "AuthKey_ABC123DEFG.p8" } }
}

run "apns_key_of_two_teams" {
  command         = plan
  expect_failures = [var.apns_key]

  variables {
    apns_key = { key_id = "ABC123DEFG" }
    pass_types = {
      "pass.com.example.loyalty" = { team_identifier = "TEAMID1234" }
      "pass.com.example.ticket"  = { team_identifier = "TEAMID9999" }
    }
  }
}

run "issuer_is_everybody" {
  command         = plan
  expect_failures = [var.issuers]
  variables { issuers = ["allUsers"] }
}
