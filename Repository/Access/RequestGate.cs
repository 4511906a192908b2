using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Repository.Restic;

namespace Headgate.Repository.Access;

/// <summary>
/// Who may make a request. Decided anew for each one, from what the silo told this repository and never by asking it: a grant that was closed, has
/// ended, or has not been confirmed for 15 minutes lets nobody in, on whatever connection.
/// </summary>
internal sealed class RequestGate(AccessBook book)
{
    private const string AskTheProvider = "Ask your service provider.";
    private static readonly byte[] s_nobody = new byte[SHA256.HashSizeInBytes];

    /// <summary>On whose behalf, or why not.</summary>
    public (Principal? Principal, Refusal? Refusal) Check(ClientConnection connection, HttpRequest request) =>
        connection.Kind == ServerNameKind.Route ? CheckRoute(connection) : CheckAccess(connection, request);

    /// <summary>Whether a principal's rights allow a method on a target.</summary>
    public static Refusal? CheckRights(Principal principal, string method, in ResticTarget target)
    {
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
            || (target.Kind == TargetKind.Object && target.Type == Blobs.BlobType.Locks)
            || principal.Rights == AccessRights.Full)
        {
            return null;
        }

        if (principal.Rights == AccessRights.ReadOnly)
        {
            return new Refusal(RefusalReason.ReadOnly, StatusCodes.Status403Forbidden, ProblemCodes.Forbidden,
                $"This run or access key may only read: nothing can be written or deleted but locks. {AskTheProvider}");
        }

        return HttpMethods.IsDelete(method)
            ? new Refusal(RefusalReason.AppendOnly, StatusCodes.Status403Forbidden, ProblemCodes.Forbidden,
                $"This run or access key may only add: nothing can be deleted but locks. To forget and prune, use one with full rights. {AskTheProvider}")
            : null;
    }

    private static bool IsSecret(AccessKeyGrant? key, byte[] secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(secret, hash);

        // An unknown key costs the same comparison as a known one.
        var right = CryptographicOperations.FixedTimeEquals(hash, key?.SecretSha256 ?? s_nobody);
        return key is not null && right;
    }

    /// <summary>Reads a basic <c>Authorization</c> (RFC 7617): the key before the first colon, the secret behind it. False for anything else.</summary>
    internal static bool TryReadBasic(HttpRequest request, out string key, out byte[] secret)
    {
        (key, secret) = ("", []);
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
            || !header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
            || header.Parameter is not { Length: <= 1024 } parameter)
        {
            return false;
        }

        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length))
        {
            return false;
        }

        var colon = bytes.AsSpan(0, length).IndexOf((byte)':');
        if (colon < 0)
        {
            return false;
        }

        key = Encoding.UTF8.GetString(bytes, 0, colon);
        secret = bytes[(colon + 1)..length];
        return true;
    }

    private (Principal?, Refusal?) CheckRoute(ClientConnection connection)
    {
        if (book.Grant(connection.ServerName) is not { } grant)
        {
            return Refuse(RefusalReason.GrantClosed, 403, ProblemCodes.RunClosed,
                "This run's route is closed: the run has ended or was ended. Start a new run.");
        }

        if (book.HasExpired(grant))
        {
            return Refuse(RefusalReason.GrantExpired, 403, ProblemCodes.RunClosed,
                $"This run's permission ended at {grant.Expires:u}. Start a new run.");
        }

        if (!book.IsHeard)
        {
            return Unheard();
        }

        return connection.Connector == grant.Tenant + "/" + grant.Connector
            ? (new Principal(grant.Tenant, grant.ServerName, null, grant.Rights), null)
            : Refuse(RefusalReason.WrongConnector, 403, ProblemCodes.Forbidden,
                "This route was opened for another connector than the one that your certificate names. Start the run on the machine that it belongs to.");
    }

    private (Principal?, Refusal?) CheckAccess(ClientConnection connection, HttpRequest request)
    {
        if (!request.Host.HasValue || !request.Host.Host.Equals(connection.ServerName, StringComparison.OrdinalIgnoreCase))
        {
            return Refuse(RefusalReason.WrongHost, 421, ProblemCodes.Forbidden,
                $"Host is {ResticTarget.Shown(request.Host.Value ?? "")} on a connection to '{connection.ServerName}': they must be the same.");
        }

        if (!book.IsHeard)
        {
            return Unheard();
        }

        var access = book.Access(connection.ServerName);
        var hasBasic = TryReadBasic(request, out var key, out var secret);
        AccessBook.TryFindKey(access, key, out var found);
        if (!IsSecret(found, secret) || !hasBasic)
        {
            return Refuse(RefusalReason.WrongKey, 401, ProblemCodes.Forbidden,
                $"The access key is missing, wrong or revoked: the repository's URL is rest:https://KEY:SECRET@NAME:PORT/PATH/. {AskTheProvider}");
        }

        // Remembered first and looked up again: whoever revokes the key after that look finds this connection by it.
        connection.UsedKey(key);
        if (!AccessBook.TryFindKey(book.Access(connection.ServerName), key, out found))
        {
            return Refuse(RefusalReason.WrongKey, 401, ProblemCodes.Revoked, $"The access key was revoked. {AskTheProvider}");
        }

        return (new Principal(access!.Tenant, access.ServerName, key, found.Rights), null);
    }

    private (Principal?, Refusal?) Unheard() => Refuse(RefusalReason.SiloUnheard, 503, ProblemCodes.Unavailable,
        $"The repository has not heard its control server for {book.Silence.TotalMinutes:0} minutes and cannot confirm your permission. Try again later.");

    private static (Principal?, Refusal?) Refuse(RefusalReason reason, int status, string code, string sentence) =>
        (null, new Refusal(reason, status, code, sentence));
}
