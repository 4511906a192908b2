namespace Headgate.Portal.Provider.Accounts;

/// <summary>An account.</summary>
internal sealed record AccountQuery(string Account) : LiveQuery<AccountInfo>
{
    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Account && change.Key == Account;

    public override Task<AccountInfo> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.GetGrain<IAccountGrain>(Account).GetAsync(cancellationToken);
}
