locals {
  # The life of an update from left to right and from top to bottom, then what phones get.
  charts = [
    { title = "Documents refused in an hour, by pass type", query = "sum by (pass_type) (increase(${local.series.package_refused}{${local.run}}[1h]))" },
    { title = "Documents ahead of their package, by pass type", query = "sum by (pass_type) (increase(${local.series.document_ahead}{${local.run}}[2h]))" },
    { title = "Pushes taken in an hour, by pass type", query = local.queries.accepted },
    { title = "Pushes not taken in an hour, by reason", query = "sum by (verdict, reason) (increase(${local.series.push_not_taken}{${local.run}}[1h]))" },
    { title = "Oldest message waiting, in seconds", query = local.queries.oldest },
    { title = "Messages given up on", query = local.queries.dead },
    { title = "Answers in half an hour, by function", query = local.queries.answers },
    { title = "Share of errors (5xx), by function", query = "${local.queries.errors} / ${local.queries.answers}" },
    { title = "95 of 100 answers take at most, in milliseconds", query = local.queries.p95 },
    { title = "Instances, by function", query = "sum by (service_name) (run_googleapis_com:container_instance_count{${local.run},service_name=~\"${join("|", values(local.names))}\"})" },
    { title = "Successful sweeps in ${local.limits.sweep_minutes} minutes", query = local.queries.sweeps },
    { title = "Days until certificates end, by pass type", query = local.queries.certificate },
  ]
}

# https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards
resource "google_monitoring_dashboard" "wallet" {
  dashboard_json = jsonencode({
    displayName = "Wallet passes"
    gridLayout = {
      columns = "2"
      widgets = [for chart in local.charts : {
        title = chart.title
        xyChart = {
          dataSets = [{
            plotType        = "LINE"
            timeSeriesQuery = { prometheusQuery = chart.query }
          }]
        }
      }]
    }
  })

  depends_on = [google_logging_metric.metric]
}
