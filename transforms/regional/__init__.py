"""Regional and global estimates of migrants in the labour force, one small module for each step.

frames         the tables passed between the steps
inputs         the vintages of an edition, gaps filled as declared
margins        population, labour force and migrants of each area and sex
ages           the age structure, and participation by age
odds_ratio     observed log odds ratio of participation, migrants against others
impute         the same for areas that do not report
solve          migrants in the labour force, from margins and odds ratio
employment     employed migrants, the same way within the labour force
by_age         migrants in the labour force by age
activities     employed migrants by broad activity
uncertainty    simulated draws of every area
aggregate      sums over regions, subregions, income groups, communities and the world, with intervals
change         the components of a change between two years, or two editions
edition        all of these in order, for the years of one edition

Participation rates are shares (0 to 1) and counts are persons throughout; sexes are `male` and `female`.
"""
