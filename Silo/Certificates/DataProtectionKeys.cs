using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Headgate.Protocol.Naming;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Headgate.Silo.Certificates;

/// <summary>
/// The Data Protection keys of the portal and the tenants' site (cookies, antiforgery, circuits): in the database beside the authority's, each element sealed whole under
/// the operator secret, so that every silo of an SP shares them and a backup of the database has them. The interface of the framework is synchronous: a key
/// is read at most once a day and made once in three months. Safe for concurrent use.
/// </summary>
internal sealed class DataProtectionKeys(ISecretStore store, SecretBox box) : IXmlRepository
{
    /// <summary>What the secrets' names begin with.</summary>
    public const string Prefix = "data-protection/";

    private const int SuffixBytes = 5;

    /// <exception cref="AuthorityException">Another operator secret sealed them.</exception>
    public IReadOnlyCollection<XElement> GetAllElements() =>
        [.. store.List(Prefix).Select(secret => XElement.Parse(Encoding.UTF8.GetString(box.Open(secret.Name, secret.Sealed)), LoadOptions.PreserveWhitespace))];

    /// <summary>Stores an element. It is on disk when this returns.</summary>
    public void StoreElement(XElement element, string friendlyName)
    {
        // Never in the place of another: two silos may name alike what they revoke at the same time.
        var name = $"{Prefix}{friendlyName}/{Base32.Encode(RandomNumberGenerator.GetBytes(SuffixBytes))}";
        var text = element.ToString(SaveOptions.DisableFormatting);
        // The writer runs on threads of its own and never on the one that waits here.
        store.AddAsync(name, box.Seal(name, Encoding.UTF8.GetBytes(text)), audit: null, CancellationToken.None).GetAwaiter().GetResult();
    }
}
