namespace Headgate.Portal.Provider.Accounts;

/// <summary>A part of the list of accounts: a tenant's users, or the administrators.</summary>
internal sealed record AccountsQuery(string? Tenant, PageRequest Page) : LiveQuery<AccountPage>
{
    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Account;

    public override Task<AccountPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListAccountsAsync(Tenant, Page, cancellationToken);
}
