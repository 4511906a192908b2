using Headgate.Grains;
using Headgate.Silo.Grains.Accounts;
using Headgate.Silo.Tests.Grains;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Tests.Accounts;

public sealed class AccountTests
{
    private const string Another = "another long one";

    [Fact]
    public async Task Create_WithoutAPassword_MakesOneThatSignsIn()
    {
        await using var world = await AccountWorld.StartAsync();

        var created = await world.Account("anna@example.com").CreateAsync(new CreateAccount("Anna", AccountRole.Administrator, null, null, true), default);

        Assert.Matches("^([a-z2-7]{4}-){3}[a-z2-7]{4}$", created.Password);
        var answer = await world.SignInAsync("anna@example.com", created.Password);
        Assert.Equal((SignInOutcome.Accepted, true), (answer.Outcome, answer.Account!.MustChangePassword));
        await using var db = world.Silo.Read();
        Assert.DoesNotContain(await db.Audit.ToListAsync(), entry => entry.What.Contains(created.Password, StringComparison.Ordinal));
        await SiloWorld.RefusedAsync(RefusalReason.Exists, () => world.AddAsync("anna@example.com"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("eleven char")]
    [InlineData("Password1234")]
    [InlineData("correcthorsebatterystaple")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("Anna.Maria.Lang@example.com")]
    public async Task Create_WithABadPassword_SaysWhyWithoutShowingIt(string password)
    {
        await using var world = await AccountWorld.StartAsync();

        var refused = await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => world.AddAsync("anna.maria.lang@example.com", password));

        Assert.StartsWith("password: ", refused.Message, StringComparison.Ordinal);
        Assert.True(password.Length == 0 || !refused.Message.Contains(password, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Create_WithTheLongestPassword_TakesItAndNotOneMore()
    {
        await using var world = await AccountWorld.StartAsync();
        var longest = string.Concat(Enumerable.Range(0, 64).Select(i => $"{i:D4}"));
        await world.AddAsync("anna", longest);

        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", longest));
        Assert.Equal(SignInOutcome.Refused, await world.OutcomeAsync("anna", longest[..^1]));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => world.AddAsync("berta", longest + "!"));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => world.Account("anna").ChangePasswordAsync(longest, longest + "!", default));
    }

    [Theory]
    [InlineData("Anna")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("-anna")]
    [InlineData("an na")]
    [InlineData("anna/berta")]
    [InlineData("<b>anna</b>")]
    [InlineData("an\u202ena")]
    [InlineData("ännä")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg")]
    public async Task Create_WithAHostileName_IsRefusedInWords(string name)
    {
        await using var world = await AccountWorld.StartAsync();

        var refused = await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => world.AddAsync(name));

        Assert.Contains(UserName.Allowed, refused.Message, StringComparison.Ordinal);
        var missing = await SiloWorld.RefusedAsync(RefusalReason.NotFound, () => world.Account(name).GetAsync(default));
        Assert.DoesNotContain(name.Length > 2 ? name : "account '" + name, missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WithFieldsThatCannotBe_IsRefused()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.Silo.Tenant("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), default);
        Task CreateAsync(string name, AccountRole role, string? tenant) =>
            world.Account("anna").CreateAsync(new CreateAccount(name, role, tenant, AccountWorld.Password, false), default);

        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => CreateAsync("", AccountRole.Administrator, null));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => CreateAsync("a\nb", AccountRole.Administrator, null));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => CreateAsync(new string('x', 101), AccountRole.Administrator, null));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => CreateAsync("Anna", (AccountRole)7, null));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => CreateAsync("Anna", AccountRole.Administrator, "acme"));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => CreateAsync("Anna", AccountRole.Tenant, null));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => CreateAsync("Anna", AccountRole.Tenant, "../acme"));
        await SiloWorld.RefusedAsync(RefusalReason.NotFound, () => CreateAsync("Anna", AccountRole.Tenant, "nobody"));
        await CreateAsync("Anna Łang 安娜", AccountRole.Tenant, "acme");

        var info = await world.Account("anna").GetAsync(default);
        Assert.Equal(("Anna Łang 安娜", AccountRole.Tenant, "acme", 1L), (info.DisplayName, info.Role, info.Tenant, info.Version));
    }

    [Fact]
    public async Task Calls_WithoutAnAccount_AreRefusedAsNotFound()
    {
        await using var world = await AccountWorld.StartAsync();
        var nobody = world.Account("nobody");

        foreach (var call in new Func<Task>[]
        {
            () => nobody.GetAsync(default), () => nobody.ChangePasswordAsync(AccountWorld.Password, Another, default), () => nobody.ResetPasswordAsync(default),
            () => nobody.ChangeAsync(new(null, true, null), default), () => nobody.PrepareSecondFactorAsync(AccountWorld.Password, default), () => nobody.EnableSecondFactorAsync("123456", default),
            () => nobody.DisableSecondFactorAsync(AccountWorld.Password, default), () => nobody.ClearSecondFactorAsync(default), () => nobody.DeleteAsync(default),
        })
        {
            await SiloWorld.RefusedAsync(RefusalReason.NotFound, call);
        }
        Assert.False(await nobody.CheckAsync("stamp", default));
    }

    [Fact]
    public async Task ChangePassword_WithTheCurrentOne_EndsOtherSessions()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");
        var old = (await world.SignInAsync("anna", AccountWorld.Password)).Stamp!;

        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.ChangePasswordAsync(AccountWorld.Password, AccountWorld.Password, default));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.ChangePasswordAsync(AccountWorld.Password, "short", default));
        Assert.True(await account.CheckAsync(old, default));
        var stamp = await account.ChangePasswordAsync(AccountWorld.Password, Another, default);

        Assert.False(await account.CheckAsync(old, default));
        Assert.True(await account.CheckAsync(stamp, default));
        Assert.Equal(SignInOutcome.Refused, await world.OutcomeAsync("anna", AccountWorld.Password));
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", Another));
        Assert.Single(await world.Silo.AuditAsync("password-changed"));
    }

    [Fact]
    public async Task ChangePassword_GuessingTheCurrentOne_LocksTheAccount()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");

        var refusals = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.ChangePasswordAsync($"a wrong password {i}", Another, default))));

        Assert.Equal(WrongAttempts.Allowed, refusals.Count(refused => refused.Message.StartsWith("The current password is wrong", StringComparison.Ordinal)));
        Assert.Equal(SignInOutcome.LockedOut, await world.OutcomeAsync("anna", AccountWorld.Password));
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.ChangePasswordAsync(AccountWorld.Password, Another, default));
    }

    [Fact]
    public async Task Reset_ByAnAdministrator_EndsSessionsAndTheLock()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");
        var old = (await world.SignInAsync("anna", AccountWorld.Password)).Stamp!;
        await world.LockAsync("anna");

        var reset = await account.ResetPasswordAsync(default);

        Assert.Equal((true, (DateTimeOffset?)null), (reset.Account.MustChangePassword, reset.Account.LockedUntil));
        Assert.False(await account.CheckAsync(old, default));
        Assert.Equal(SignInOutcome.Refused, await world.OutcomeAsync("anna", AccountWorld.Password));
        Assert.True((await world.SignInAsync("anna", reset.Password)).Account!.MustChangePassword);
        await account.ChangePasswordAsync(reset.Password, Another, default);
        Assert.False((await world.SignInAsync("anna", Another)).Account!.MustChangePassword);
    }

    [Fact]
    public async Task Disable_WhileSignedIn_EndsTheSessionAndAnswersLikeAWrongPassword()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");
        await world.AddAsync("berta");
        var stamp = (await world.SignInAsync("anna", AccountWorld.Password)).Stamp!;

        var disabled = await account.ChangeAsync(new ChangeAccount(null, true, 1), default);

        Assert.True(disabled.Disabled);
        Assert.False(await account.CheckAsync(stamp, default));
        Assert.Equal(new SignInAnswer(SignInOutcome.Refused, null, null, null), await world.SignInAsync("anna", AccountWorld.Password));
        var changed = await SiloWorld.RefusedAsync(RefusalReason.Changed, () => account.ChangeAsync(new ChangeAccount("Anna", false, 1), default));
        Assert.Equal(2, changed.Version);
        await account.ChangeAsync(new ChangeAccount("Anna", false, 2), default);
        Assert.False(await account.CheckAsync(stamp, default));
        Assert.Equal("Anna", (await world.SignInAsync("anna", AccountWorld.Password)).Account!.DisplayName);
    }

    [Fact]
    public async Task Delete_ThenMadeAgain_KeepsNothingOfTheOld()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");
        await world.AddAsync("berta");
        var (_, enabled) = await world.AddSecondFactorAsync("anna");

        await account.DeleteAsync(default);

        Assert.False(await account.CheckAsync(enabled.Stamp, default));
        await SiloWorld.RefusedAsync(RefusalReason.NotFound, () => account.GetAsync(default));
        Assert.Equal("account 'anna', 'anna'.", Assert.Single(await world.Silo.AuditAsync("account-deleted")).What);
        await using var db = world.Silo.Read();
        Assert.Equal((1, 0), (await db.Accounts.CountAsync(), await db.RecoveryCodes.CountAsync()));
        await world.AddAsync("anna", Another);
        Assert.False(await account.CheckAsync(enabled.Stamp, default));
        Assert.Equal(SignInOutcome.Refused, await world.OutcomeAsync("anna", AccountWorld.Password));
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", Another));
    }

    [Fact]
    public async Task LastAdministrator_CannotBeDisabledOrDeleted()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.Silo.Tenant("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), default);
        var account = await world.AddAsync("anna");
        await world.AddAsync("berta");
        await world.Account("tom").CreateAsync(new CreateAccount("Tom", AccountRole.Tenant, "acme", null, true), default);
        await world.Account("berta").ChangeAsync(new ChangeAccount(null, true, null), default);

        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.DeleteAsync(default));
        var refused = await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.ChangeAsync(new ChangeAccount(null, true, null), default));

        Assert.Contains("only administrator", refused.Message, StringComparison.Ordinal);
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password));
        Assert.Single(await world.Silo.AuditAsync("account-disabled"));
        // What takes no administrator away goes on.
        await world.Account("berta").ResetPasswordAsync(default);
        await world.Account("berta").DeleteAsync(default);
        await world.Account("tom").DeleteAsync(default);
        await account.ChangeAsync(new ChangeAccount("Anna", null, null), default);
    }

    [Fact]
    public async Task Administrators_WhoDisableAndDeleteEachOtherAtOnce_LeaveOne()
    {
        for (var round = 0; round < 6; round++)
        {
            await using var world = await AccountWorld.StartAsync();
            await using var beside = await world.Silo.BesideAsync();
            string[] names = ["anna", "berta", "carla"];
            foreach (var name in names)
            {
                await world.AddAsync(name);
            }

            var refusals = await Task.WhenAll(names.Select((name, i) => Record.ExceptionAsync(() =>
            {
                var account = (i == round % 3 ? beside : world.Silo).Grains.GetGrain<IAccountGrain>(name);
                return i == 1 ? account.DeleteAsync(default) : account.ChangeAsync(new ChangeAccount(null, true, null), default);
            }).AsTask()));

            Assert.Single(refusals, refused => refused is RefusedException { Reason: RefusalReason.Invalid });
            Assert.Equal(2, refusals.Count(refused => refused is null));
            await using var db = world.Silo.Read();
            Assert.Equal(1, await db.Accounts.CountAsync(row => row.Role == AccountRole.Administrator && !row.Disabled));
        }
    }
}
