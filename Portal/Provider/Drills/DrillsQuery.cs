namespace Headgate.Portal.Provider.Drills;

/// <summary>All drills, and their schedule.</summary>
/// <param name="IsOpen">Whether one waits or goes on: what it does is not written, so it is read each second.</param>
internal sealed record DrillsQuery(bool IsOpen) : LiveQuery<DrillBook>
{
    public override TimeSpan? Refresh => IsOpen ? TimeSpan.FromSeconds(1) : null;

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Drills;

    public override Task<DrillBook> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) => grains.Drills().GetAsync(cancellationToken);
}
