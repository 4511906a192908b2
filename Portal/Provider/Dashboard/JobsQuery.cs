using Headgate.Portal.Provider.Gateways;

namespace Headgate.Portal.Provider.Dashboard;

/// <summary>The first jobs of a filter, those that ran last.</summary>
internal sealed record JobsQuery(string Filter) : LiveQuery<JobPage>
{
    private const int Rows = 6;

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Job;

    public override Task<JobPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListJobsAsync(null, new PageRequest(0, Rows, null, "last-run", true, Filter), cancellationToken);
}
