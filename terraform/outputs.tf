output "web_service_url" {
  description = "What passes carry as webServiceURL."
  value       = local.settings["WEB_SERVICE_URL"]
}

output "issuer_url" {
  description = "The issuer's API, for the members of issuers: append /issuer/v1/passes/{passTypeIdentifier}/{serialNumber}."
  value       = google_cloudfunctions2_function.function["issue"].service_config[0].uri
}

output "dns_record" {
  description = "The A record to make for the domain; the certificate follows within the hour after it. Null without a balancer."
  value       = local.balancer ? "${var.domain}. A ${google_compute_global_address.wallet[0].address}" : null
}

output "secrets" {
  description = "The secrets to store values in."
  value       = sort(keys(local.secrets))
}

output "packages_bucket" {
  description = "Where signed packages lie."
  value       = google_storage_bucket.packages.name
}

output "templates_bucket" {
  description = "Where templates/{name}.pass/… of your own go."
  value       = google_storage_bucket.templates.name
}
