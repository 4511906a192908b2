namespace Headgate.Portal.Provider.Repositories;

/// <summary>A repository, with the sum of its quotas.</summary>
internal sealed record RepositoryQuery(string Repository) : LiveQuery<RepositoryView>
{
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(2);

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Repository && change.Key == Repository;

    public override async Task<RepositoryView> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var repository = await grains.GetGrain<IRepositoryGrain>(Repository).GetAsync(cancellationToken);
        // Ids that contain this one follow it in their order or stand before it: all of them are few, and the page holds 500.
        var page = await grains.Directory().ListRepositoriesAsync(new PageRequest(0, 500, Repository), cancellationToken);
        return new RepositoryView(repository, page.Quotas.FirstOrDefault(sum => sum.Repository == Repository) ?? new QuotaSum(Repository, 0, 0, 0));
    }
}

/// <summary>A repository, with the sum of its quotas.</summary>
internal sealed record RepositoryView(RepositoryInfo Info, QuotaSum Quotas);
