using Headgate.Grains;
using Headgate.Silo.Grains.Accounts;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headgate.Server.Administration;

/// <summary>Accounts of the portal and the tenants' site. Passwords are made by the server and answered once.</summary>
internal static class AccountEndpoints
{
    private const int MaxNameChars = 100;

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(ManagementRoutes.Accounts, CreateAsync);
        routes.MapGet(ManagementRoutes.Accounts, async (IClusterClient grains, string? tenant, int? skip, int? take, string? search, CancellationToken token) =>
            TypedResults.Ok(await Lists.Directory(grains).ListAccountsAsync(tenant, Lists.Page(skip, take, search), token)));

        var account = routes.MapGroup(ManagementRoutes.Accounts + "/{account}");
        account.MapGet("", async (string account, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Account(grains, account).GetAsync(token)));
        account.MapPatch("", async (string account, AccountChange request, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Account(grains, account).ChangeAsync(new ChangeAccount(request.DisplayName, request.Disabled, request.ExpectedVersion), token)));
        account.MapPost("password", async (string account, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Account(grains, account).ResetPasswordAsync(token)));
        account.MapDelete("second-factor", async (string account, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Account(grains, account).ClearSecondFactorAsync(token)));
        account.MapDelete("", DeleteAsync);
    }

    private static async Task<Ok<CreatedAccount>> CreateAsync(NewAccount request, IClusterClient grains, CancellationToken cancellationToken)
    {
        var checks = Check(new FieldChecks(), request.Account).Text("displayName", request.DisplayName, 1, MaxNameChars).Known("role", request.Role);
        if (request.Role == AccountRole.Tenant)
        {
            checks.Id("tenant", request.Tenant);
        }
        else
        {
            checks.Require(request.Tenant is null, "tenant", request.Tenant, "nothing, for an administrator");
        }

        checks.Done();
        return TypedResults.Ok(await grains.GetGrain<IAccountGrain>(request.Account).CreateAsync(
            new CreateAccount(request.DisplayName, request.Role, request.Tenant, null, MustChangePassword: true), cancellationToken));
    }

    // Answers what it was.
    private static async Task<Ok<AccountInfo>> DeleteAsync(string account, IClusterClient grains, CancellationToken cancellationToken)
    {
        var grain = Account(grains, account);
        var info = await grain.GetAsync(cancellationToken);
        await grain.DeleteAsync(cancellationToken);
        return TypedResults.Ok(info);
    }

    private static IAccountGrain Account(IClusterClient grains, string account)
    {
        Check(new FieldChecks(), account).Done();
        return grains.GetGrain<IAccountGrain>(account);
    }

    private static FieldChecks Check(FieldChecks checks, string? account) => checks.Require(UserName.IsValid(account), "account", account, UserName.Allowed);
}
