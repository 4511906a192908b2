using System.Net.Http.Headers;
using System.Text;
using Headgate.Protocol.Edge;

namespace Headgate.Repository.Tests.Support;

/// <summary>An agentless access with the secrets of its keys.</summary>
internal sealed record TestAccess(string ServerName, AccessGrant Grant, (string Key, string Secret)[] Keys)
{
    public AuthenticationHeaderValue Basic(int key = 0) => Basic(Keys[key].Key, Keys[key].Secret);

    public static AuthenticationHeaderValue Basic(string key, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{key}:{secret}")));
}
