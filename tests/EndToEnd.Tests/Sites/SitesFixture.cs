namespace Headgate.EndToEnd.Tests;

/// <summary>Two tenants' users and an administrator, signed in.</summary>
internal sealed class SitesFixture : IDisposable
{
    public const string Password = "a password of one's own";

    private SitesFixture()
    {
    }

    /// <summary>Of tenant acme.</summary>
    public required SiteClient Acme { get; init; }

    /// <summary>Of tenant beta.</summary>
    public required SiteClient Beta { get; init; }

    public required SiteClient Administrator { get; init; }

    public required string AcmeUser { get; init; }

    public static async Task<SitesFixture> StartAsync(Provider provider)
    {
        var (acme, beta, administrator) = (provider.Fresh("anna"), provider.Fresh("bert"), provider.Fresh("root"));
        var fixture = new SitesFixture
        {
            Acme = SiteClient.Tenants(provider),
            Beta = SiteClient.Tenants(provider),
            Administrator = SiteClient.Portal(provider),
            AcmeUser = acme,
        };
        await fixture.Acme.SignInFirstAsync(acme, await AddAsync(provider, acme, "--tenant", "acme"), Password);
        await fixture.Beta.SignInFirstAsync(beta, await AddAsync(provider, beta, "--tenant", "beta"), Password);
        await fixture.Administrator.SignInFirstAsync(administrator, await AddAsync(provider, administrator), Password);
        return fixture;
    }

    /// <summary>An account; answers its first password.</summary>
    public static Task<string> AddAsync(Provider provider, string account, params string[] options) => AddAsync(provider.World, account, options);

    /// <inheritdoc cref="AddAsync(Provider, string, string[])"/>
    public static async Task<string> AddAsync(World world, string account, params string[] options) =>
        (await world.AdminJsonAsync(["account", "add", account, .. options])).GetProperty("password").GetString()!;

    public void Dispose()
    {
        Acme.Dispose();
        Beta.Dispose();
        Administrator.Dispose();
    }
}
