using System.Net;
using System.Reflection;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Radzen;

namespace Headgate.Portal;

/// <summary>
/// A site as a web host of its own: its services, cookies and routes are shared with nobody, so that what the other site has does not exist here. What it does share
/// is given to it: the grains, the hub, the keys that protect cookies.
/// </summary>
public static class SiteHost
{
    /// <summary>The policy of every page but those that sign somebody in.</summary>
    public const string SignedInPolicy = "signed-in";

    private const string SignInLimit = "sign-in";
    private const int MaxMessageBytes = 256 * 1024;

    /// <summary>Builds a site; nothing listens yet.</summary>
    /// <typeparam name="TApp">The root component; its assembly's pages are the site's, as are the services and endpoints that it adds.</typeparam>
    /// <param name="options">How it runs.</param>
    /// <param name="shared">The process's services that the site is given: the grains, the hub, the clock, logging, the keys' storage, the downloads, cron expressions.</param>
    /// <param name="map">Further endpoints.</param>
    public static WebApplication Build<TApp>(SiteOptions options, IServiceProvider shared, Action<IEndpointRouteBuilder>? map = null)
        where TApp : IComponent, ISiteApp
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(TApp).Assembly.GetName().Name });
        AddServices(builder.Services, options, shared);
        TApp.AddServices(builder.Services);
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxMessageBytes;
            kestrel.Listen(options.Listen, options.ConfigureListener);
        });

        var app = builder.Build();
        app.UseSafeHeaders();
        app.UseResponseCompression();
        // A form that was refused is not sent to that page.
        app.UseWhen(
            context => HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method),
            pages => pages.UseStatusCodePagesWithReExecute("/not-found"));
        app.UseRouting();
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapAssets();
        app.MapSession();
        TApp.MapEndpoints(app);
        map?.Invoke(app);
        app.MapRazorComponents<TApp>()
            .AddInteractiveServerRenderMode()
            .AddAdditionalAssemblies(typeof(SiteHost).Assembly)
            .RequireRateLimiting(SignInLimit);
        return app;
    }

    /// <summary>Adds what the site's pages live on.</summary>
    internal static void AddServices(IServiceCollection services, SiteOptions options, IServiceProvider shared)
    {
        services.AddSingleton(options);
        services.AddSingleton(shared.GetRequiredService<IClusterClient>());
        services.AddSingleton(shared.GetRequiredService<LiveHub>());
        services.AddSingleton(shared.GetRequiredService<TimeProvider>());
        services.AddSingleton(shared.GetRequiredService<ILoggerFactory>());
        services.AddSingleton(shared.GetRequiredService<IDownloads>());
        services.AddSingleton(shared.GetRequiredService<ICronReader>());
        AddKeys(services, options, shared.GetRequiredService<IXmlRepository>());
        services.AddRouting();
        AddCompression(services);
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = 200;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(5);
        }).AddHubOptions(hub => hub.MaximumReceiveMessageSize = MaxMessageBytes);
        // After Blazor's own, of which it takes the place.
        AddSessions(services, options);
        services.AddRadzenComponents();
        services.AddScoped<Dialogs>();
        services.AddSingleton<SiteAssets>();
    }

    // Style sheets and scripts only: an answer with a secret in it is never compressed beside what somebody else chose.
    private static void AddCompression(IServiceCollection services)
    {
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = ["text/css", "text/javascript"];
        });
    }

    private static void AddKeys(IServiceCollection services, SiteOptions options, IXmlRepository keys)
    {
        services.AddDataProtection().SetApplicationName("headgate-" + options.Name);
        services.Configure<Microsoft.AspNetCore.DataProtection.KeyManagement.KeyManagementOptions>(management => management.XmlRepository = keys);
        services.AddSingleton<SessionTickets>();
    }

    private static void AddSessions(IServiceCollection services, SiteOptions options)
    {
        services.AddScoped<Session>();
        services.AddScoped<AuthenticationStateProvider>(provider => provider.GetRequiredService<Session>());
        services.AddCascadingAuthenticationState();
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
            .AddCookie(cookie => SessionCookie.Configure(cookie, options));
        services.AddAuthorizationBuilder()
            .AddPolicy(SignedInPolicy, policy => policy
                .RequireRole(options.Role.ToString())
                .RequireAssertion(context => !context.User.HasClaim(claim => claim.Type == SessionUser.MustChangeClaim)))
            .SetDefaultPolicy(new AuthorizationPolicyBuilder().RequireRole(options.Role.ToString()).Build());
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = $"__Host-headgate-{options.Name}-form";
            antiforgery.Cookie.Path = "/";
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.Always;
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
        });
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = async (rejected, token) =>
            {
                var response = rejected.HttpContext.Response;
                response.Headers.RetryAfter = "60";
                await response.WriteAsync($"More than {options.SignInsPerMinute} attempts to sign in came from your address within a minute. Wait a minute, then try again.", token);
            };
            // Only what signs somebody in is counted.
            limiter.AddPolicy(SignInLimit, context => HttpMethods.IsPost(context.Request.Method) && context.Request.Path == "/sign-in"
                ? RateLimitPartition.GetFixedWindowLimiter(
                    SourceOf(context), _ => new FixedWindowRateLimiterOptions { PermitLimit = options.SignInsPerMinute, Window = TimeSpan.FromMinutes(1) })
                : RateLimitPartition.GetNoLimiter(IPAddress.None));
        });
    }

    // An IPv6 user commands a /64.
    private static IPAddress SourceOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
