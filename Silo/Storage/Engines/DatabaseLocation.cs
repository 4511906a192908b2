using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Headgate.Silo.Storage.Engines;

/// <summary>
/// Where the tables are: <c>sqlite</c> (the file in the data directory), <c>postgresql://user@host:port/name?option=value</c> with libpq's or Npgsql's option names, or a
/// connection string of Npgsql's. A password is never part of it. As text (<see cref="ToString"/>) it says nothing that must not be seen.
/// </summary>
internal sealed class DatabaseLocation
{
    /// <summary>What <c>--database</c> takes.</summary>
    public const string Allowed = "'sqlite', postgresql://USER@HOST:PORT/NAME, or a connection string such as 'Host=HOST;Username=USER;Database=NAME'";

    private const string Secret = "a password does not belong where everybody can read it: give it in HEADGATE_DATABASE_PASSWORD or with --database-password-file";

    // The names that psql and its like know, where Npgsql's differ.
    private static readonly Dictionary<string, string> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["user"] = "Username",
        ["dbname"] = "Database",
        ["hostaddr"] = "Host",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["application_name"] = "Application Name",
        ["connect_timeout"] = "Timeout",
        ["target_session_attrs"] = "Target Session Attributes",
        ["channel_binding"] = "Channel Binding",
        ["client_encoding"] = "Client Encoding",
        ["passfile"] = "Passfile",
    };

    private readonly NpgsqlConnectionStringBuilder? _server;

    private DatabaseLocation(NpgsqlConnectionStringBuilder? server, string dataDirectory)
    {
        _server = server;
        File = DatabaseFile.In(dataDirectory);
    }

    /// <summary>Whether it is a PostgreSQL server; otherwise a SQLite file.</summary>
    public bool IsServer => _server is not null;

    /// <summary>The engine that works there.</summary>
    public DatabaseEngine Engine => IsServer ? PostgreSqlEngine.Instance : SqliteEngine.Instance;

    /// <summary>SQLite's file, whether it is there or not.</summary>
    public string File { get; }

    /// <summary>For the provider; holds the password.</summary>
    public string ConnectionString => _server?.ConnectionString ?? throw new InvalidOperationException("SQLite has a file.");

    /// <summary>The database of a silo's options.</summary>
    /// <exception cref="FormatException">It cannot be; the message says why and has no secret in it.</exception>
    /// <exception cref="IOException">The password's file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The password's file may not be read.</exception>
    public static DatabaseLocation Of(SiloOptions options) =>
        !TryParse(options.Database, options.DataDirectory, out var location, out var error) ? throw new FormatException(error)
        : location._server is not { } server ? location
        : new DatabaseLocation(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = PasswordOf(options) }, options.DataDirectory);

    /// <summary>Reads a location without its password.</summary>
    /// <param name="text">What was given; null is <c>sqlite</c>.</param>
    /// <param name="dataDirectory">Where SQLite's file is.</param>
    /// <param name="location">The location.</param>
    /// <param name="error">Why it cannot be, a clause after "--database".</param>
    public static bool TryParse(string? text, string dataDirectory, [NotNullWhen(true)] out DatabaseLocation? location, [NotNullWhen(false)] out string? error)
    {
        location = null;
        if (string.IsNullOrWhiteSpace(text) || text.Equals("sqlite", StringComparison.OrdinalIgnoreCase))
        {
            (location, error) = (new DatabaseLocation(null, dataDirectory), null);
            return true;
        }
        var server = new NpgsqlConnectionStringBuilder();
        try
        {
            error = text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
                ? ReadUrl(text[(text.IndexOf("//", StringComparison.Ordinal) + 2)..], server)
                : ReadConnectionString(text, server);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The provider's message may repeat what was given.
            error = $"cannot be understood; allowed is {Allowed}";
        }
        error ??= string.IsNullOrEmpty(server.Host) ? "names no host" : string.IsNullOrEmpty(server.Database) ? "names no database" : string.IsNullOrEmpty(server.Username) ? "names no user" : null;
        if (error is not null)
        {
            return false;
        }
        Complete(server);
        location = new DatabaseLocation(server, dataDirectory);
        return true;
    }

    /// <summary>Such as <c>postgresql://headgate@db1:5432/headgate</c>, or the file's path.</summary>
    public override string ToString() => _server is null ? File : $"postgresql://{_server.Username}@{_server.Host}{(_server.Host!.Contains(':', StringComparison.Ordinal) ? "" : $":{_server.Port}")}/{_server.Database}";

    // USER@HOST:PORT[,HOST:PORT]/NAME[?NAME=VALUE[&NAME=VALUE]]; each part percent-encoded.
    private static string? ReadUrl(string text, NpgsqlConnectionStringBuilder server)
    {
        var question = text.IndexOf('?', StringComparison.Ordinal);
        var (path, options) = question < 0 ? (text, "") : (text[..question], text[(question + 1)..]);
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var (authority, name) = slash < 0 ? (path, "") : (path[..slash], path[(slash + 1)..]);
        var at = authority.LastIndexOf('@');
        var (user, hosts) = at < 0 ? ("", authority) : (authority[..at], authority[(at + 1)..]);
        if (user.Contains(':', StringComparison.Ordinal))
        {
            return Secret;
        }
        Set(server, "Username", Uri.UnescapeDataString(user));
        Set(server, "Database", Uri.UnescapeDataString(name));
        var single = !hosts.Contains(',', StringComparison.Ordinal);
        var colon = hosts.LastIndexOf(':');
        if (single && colon > hosts.LastIndexOf(']'))
        {
            Set(server, "Port", hosts[(colon + 1)..]);
            hosts = hosts[..colon];
        }
        Set(server, "Host", Uri.UnescapeDataString(single ? hosts.Trim('[', ']') : hosts));
        foreach (var option in options.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                return $"has the option '{option}' without a value";
            }
            var (key, value) = (option[..equals], Uri.UnescapeDataString(option[(equals + 1)..]));
            if (IsSecret(key))
            {
                return Secret;
            }
            Set(server, s_names.GetValueOrDefault(key, key), key == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value);
        }
        return null;
    }

    private static string? ReadConnectionString(string text, NpgsqlConnectionStringBuilder server)
    {
        server.ConnectionString = text;
        return server.Password is not null || server.SslPassword is not null ? Secret : null;
    }

    private static bool IsSecret(string key) => key.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant() is "PASSWORD" or "PWD" or "PSW" or "SSLPASSWORD";

    private static void Set(NpgsqlConnectionStringBuilder server, string key, string value)
    {
        if (value.Length > 0)
        {
            server[key] = value;
        }
    }

    private static void Complete(NpgsqlConnectionStringBuilder server)
    {
        server.ApplicationName ??= "headgate-server";
        // Errors and logs must not repeat rows or secrets.
        (server.IncludeErrorDetail, server.LogParameters, server.PersistSecurityInfo) = (false, false, false);
        server.Enlist = false;
        // A server that went away without a word is noticed in a minute, not in the two hours of TCP's own. A socket file has no such thing.
        if (!server.Host!.StartsWith('/') && !server.TcpKeepAlive && server.TcpKeepAliveTime == 0)
        {
            (server.TcpKeepAlive, server.TcpKeepAliveTime, server.TcpKeepAliveInterval) = (true, 30, 10);
        }
    }

    private static string? PasswordOf(SiloOptions options) => options.DatabasePasswordFile is { } file
        ? System.IO.File.ReadLines(file).FirstOrDefault()
        : options.DatabasePassword;
}
