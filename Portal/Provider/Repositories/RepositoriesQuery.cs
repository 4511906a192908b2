namespace Headgate.Portal.Provider.Repositories;

/// <summary>A part of the list of repositories.</summary>
internal sealed record RepositoriesQuery(PageRequest Page) : LiveQuery<RepositoryPage>
{
    /// <summary>All of them, for choosing one.</summary>
    public static readonly RepositoriesQuery All = new(new PageRequest(0, 500, null));

    public override TimeSpan? Refresh => TimeSpan.FromSeconds(2);

    public override bool IsTouchedBy(Change change) => change.Kind is SubjectKind.Repository;

    public override Task<RepositoryPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListRepositoriesAsync(Page, cancellationToken);
}
