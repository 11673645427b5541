# Reads files of SDMX-ML by rsdmx and writes beside each what it read, as FILE.read.csv, every value as text.
suppressMessages(library(rsdmx))
for (file in commandArgs(trailingOnly = TRUE)) {
  data <- suppressWarnings(as.data.frame(readSDMX(file, isURL = FALSE)))
  data[] <- lapply(data, function(x) if (is.numeric(x)) ifelse(is.na(x), NA, sprintf("%.17g", x)) else as.character(x))
  write.csv(data, paste0(file, ".read.csv"), row.names = FALSE, na = "", fileEncoding = "UTF-8")
}
