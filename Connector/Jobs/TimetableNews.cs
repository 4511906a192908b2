namespace Headgate.Connector.Jobs;

/// <summary>What a timetable says is to be done.</summary>
/// <param name="IsDue">A run is to begin.</param>
/// <param name="Due">The due time that it is for, or the last one that is left out; null for neither.</param>
/// <param name="Missed">Due times that passed unnoticed before; 0 where the run begins in time. A make-up run that was put off counts as one.</param>
internal readonly record struct TimetableNews(bool IsDue, DateTimeOffset? Due, int Missed);
