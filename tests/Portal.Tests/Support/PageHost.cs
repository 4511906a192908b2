using System.Net;
using System.Security.Claims;
using Headgate.Portal.Provider;
using Headgate.Silo.Tests.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.JSInterop;

namespace Headgate.Portal.Tests;

/// <summary>
/// One site over a real silo in this process: its services are those that the server gives it, but the browser's half (address, scripts) is the test's. People
/// sign in to it and open pages; see <see cref="Visitor"/>.
/// </summary>
internal sealed class PageHost : IAsyncDisposable
{
    public const string Password = "a long enough one";

    private readonly WebApplication _site;
    private readonly List<Visitor> _visitors = [];

    private PageHost(SiloWorld silo, CallCounter calls, AccountRole role)
    {
        (Silo, Calls) = (silo, calls);
        Options = new SiteOptions
        {
            Name = role == AccountRole.Administrator ? "provider" : "tenants",
            Role = role,
            Title = role == AccountRole.Administrator ? "Headgate portal" : "Headgate backup",
            Zone = "backup.test",
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            ConfigureListener = static _ => { },
            SessionCheck = TimeSpan.FromMilliseconds(100),
        };
        // As the site's own host, but it never listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var services = builder.Services;
        SiteHost.AddServices(services, Options, silo.Services);
        if (role == AccountRole.Administrator)
        {
            ProviderApp.AddServices(services);
        }

        services.AddSingleton<Faults>();
        services.AddScoped<BrowserScript>();
        services.AddScoped<IJSRuntime>(provider => provider.GetRequiredService<BrowserScript>());
        services.AddScoped<Address>();
        services.AddScoped<NavigationManager>(provider => provider.GetRequiredService<Address>());
        services.AddScoped<INavigationInterception>(provider => provider.GetRequiredService<Address>());
        services.AddScoped<IScrollToLocationHash>(provider => provider.GetRequiredService<Address>());
        services.AddScoped<IErrorBoundaryLogger>(provider => provider.GetRequiredService<Faults>());
        builder.WebHost.UseKestrel();
        _site = builder.Build();
    }

    /// <summary>The silo below, whose clock the test moves.</summary>
    public SiloWorld Silo { get; }

    /// <summary>What the site asks of the grains.</summary>
    public CallCounter Calls { get; }

    public SiteOptions Options { get; }

    public IGrainFactory Grains => Silo.Grains;

    public LiveHub Hub => Silo.Services.GetRequiredService<LiveHub>();

    public IServiceProvider Services => _site.Services;

    /// <summary>The provider's portal.</summary>
    public static Task<PageHost> StartAsync() => StartAsync(AccountRole.Administrator);

    /// <summary>The site that accounts of <paramref name="role"/> sign in to.</summary>
    public static async Task<PageHost> StartAsync(AccountRole role)
    {
        var calls = new CallCounter();
        var silo = await SiloWorld.StartAsync(services =>
        {
            services.AddSingleton<IIncomingGrainCallFilter>(calls);
            services.PostConfigure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1000);
            services.AddSingleton<IXmlRepository, MemoryKeys>();
            services.AddSingleton<IDownloads, NoArchives>();
            services.AddSingleton<ICronReader, Crons>();
            services.AddSingleton<LiveHub>();
            services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<LiveHub>());
        });
        return new PageHost(silo, calls, role);
    }

    /// <summary>Makes an account of this site and signs it in with a browser of its own.</summary>
    /// <param name="account">The user name; an account of that name is taken when there is one.</param>
    /// <param name="tenant">The account's tenant, on the tenants' site.</param>
    public async Task<Visitor> SignInAsync(string account = "admin", string? tenant = null)
    {
        var grain = Grains.GetGrain<IAccountGrain>(account);
        try
        {
            await grain.CreateAsync(new CreateAccount(account, Options.Role, tenant, Password, false), default);
        }
        catch (RefusedException refusal) when (refusal.Reason == RefusalReason.Exists)
        {
            // A second browser of the same person.
        }

        var answer = await grain.SignInAsync(new SignInAttempt(Password, Options.Role, "192.0.2.7"), default);
        Assert.Equal(SignInOutcome.Accepted, answer.Outcome);
        return Visit(SessionUser.Of(answer.Account!, answer.Stamp!, Silo.Time.GetUtcNow() + Options.SessionLifetime));
    }

    /// <summary>A browser whose cookie says that it is <paramref name="user"/>, true or not; null for nobody.</summary>
    public Visitor Visit(SessionUser? user)
    {
        var visitor = new Visitor(this, _site.Services.CreateAsyncScope());
        _visitors.Add(visitor);
        // As a circuit is told whose it is.
        var principal = user?.ToPrincipal("test") ?? new ClaimsPrincipal(new ClaimsIdentity());
        var told = (IHostEnvironmentAuthenticationStateProvider)visitor.Services.GetRequiredService<AuthenticationStateProvider>();
        told.SetAuthenticationState(Task.FromResult(new AuthenticationState(principal)));
        return visitor;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var visitor in _visitors)
        {
            await visitor.DisposeAsync();
        }

        var faults = _site.Services.GetRequiredService<Faults>();
        await _site.DisposeAsync();
        await Silo.DisposeAsync();
        Assert.True(faults.All.IsEmpty, "Pages failed:\n" + string.Join('\n', faults.All));
    }
}
