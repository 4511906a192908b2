using System.Reflection;
using Headgate.Portal.Provider;
using Headgate.Portal.Tenants;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;

namespace Headgate.Portal.Tests;

public sealed class PolicyTests
{
    public static TheoryData<Type> Pages => [.. new[] { typeof(ProviderApp), typeof(TenantApp) }.SelectMany(app => Routable(app.Assembly))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_WhenOfASite_DemandsThatSomebodyIsSignedIn(Type page)
    {
        Assert.Empty(page.GetCustomAttributes<AllowAnonymousAttribute>());
        Assert.Contains(page.GetCustomAttributes<AuthorizeAttribute>(), attribute => attribute.Policy == SiteHost.SignedInPolicy);
    }

    [Fact]
    public void Page_WhenOpenToEverybody_IsOneOfTwo() => Assert.Equal(
        ["NotFound", "SignIn"],
        Routable(typeof(SiteHost).Assembly).Where(page => page.GetCustomAttributes<AllowAnonymousAttribute>().Any()).Select(page => page.Name).Order());

    [Fact]
    public void Page_WhenSharedAndNotOpen_DemandsSomebody() => Assert.All(
        Routable(typeof(SiteHost).Assembly).Where(page => !page.GetCustomAttributes<AllowAnonymousAttribute>().Any()),
        page => Assert.NotEmpty(page.GetCustomAttributes<AuthorizeAttribute>()));

    // Test page types are components with a route.
    private static IEnumerable<Type> Routable(Assembly assembly) => assembly.GetTypes().Where(type => type.GetCustomAttributes<RouteAttribute>().Any());
}
