# Answers questions about a survey with R's package survey: one line `estimate,se,df,low,high` for each question.
#
#   Rscript survey.R <folder>    with persons.csv   one row a person: design variables, domains (0 or 1), what is measured
#                                     designs.csv   design,name,value: psu, stratum, weight; or weight, type, mse, rho,
#                                                   scale, and the pattern of the names of the replicate weights
#                                     factors.csv   design,factor: one row a replicate, in their order (may be empty)
#                                     questions.csv design,rule,statistic,y,x,domain
#
# rule is survey.lonely.psu. statistic: total of y; ratio of y to x; mean of y; median of y; share of y, whose interval
# is found on the logit scale. An interval that is not asked for is NA. Degrees of freedom are those of the domain; with
# replicate weights, those of the whole design and at most the cases of the domain less one.
suppressPackageStartupMessages(library(survey))
options(digits = 17)
folder <- commandArgs(trailingOnly = TRUE)[1]
table <- function(name) read.csv(file.path(folder, name), stringsAsFactors = FALSE, check.names = FALSE)
persons <- table("persons.csv")
questions <- table("questions.csv")
declared <- table("designs.csv")
all_factors <- table("factors.csv")

make_design <- function(name) {
  given <- with(declared[declared$design == name, ], setNames(as.list(value), name))
  number <- function(name) if (is.null(given[[name]])) NULL else as.numeric(given[[name]])
  if (is.null(given$type)) {
    return(svydesign(
      as.formula(paste0("~", given$psu)), strata = as.formula(paste0("~", given$stratum)),
      weights = as.formula(paste0("~", given$weight)), data = persons, nest = TRUE
    ))
  }
  factors <- all_factors$factor[all_factors$design == name]
  suppressWarnings(svrepdesign(
    data = persons, weights = persons[[given$weight]], repweights = persons[grep(given$pattern, names(persons))],
    type = given$type, combined.weights = TRUE, mse = given$mse == "TRUE", rho = number("rho"),
    scale = number("scale"), rscales = if (length(factors)) factors else NULL
  ))
}

names_of_designs <- unique(questions$design)
designs <- setNames(lapply(names_of_designs, make_design), names_of_designs)

answer <- function(question) {
  options(survey.lonely.psu = question$rule)
  design <- designs[[question$design]]
  inside <- persons[[question$domain]] == 1
  domain <- design[inside, ]
  df <- if (inherits(design, "svyrep.design")) min(degf(design), sum(inside) - 1) else degf(domain)
  y <- as.formula(paste0("~", question$y))
  bounds <- c(NA, NA)
  if (question$statistic == "total") {
    found <- svytotal(y, domain)
    bounds <- confint(found, df = df)
  } else if (question$statistic == "mean") {
    found <- svymean(y, domain)
    bounds <- confint(found, df = df)
  } else if (question$statistic == "ratio") {
    found <- svyratio(y, as.formula(paste0("~", question$x)), domain)
  } else if (question$statistic == "median") {
    found <- svyquantile(y, domain, 0.5, interval.type = "mean", qrule = "math", df = df)
    return(c(coef(found), SE(found), df, NA, NA))
  } else {
    found <- svymean(y, domain)
    bounds <- confint(svyciprop(y, domain, method = "logit", df = df))
  }
  c(coef(found), sqrt(diag(as.matrix(vcov(found)))), df, bounds)
}

for (row in seq_len(nrow(questions))) {
  cat(sprintf("%.17g", as.numeric(answer(questions[row, ]))), sep = ",")
  cat("\n")
}
