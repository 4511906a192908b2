namespace Headgate.Portal.Provider.Accounts;

/// <summary>What a user name may be, as the account's grain has it; said before asking it, so that every fault of a form is shown at once.</summary>
internal static class UserNames
{
    public const int MaxLength = 64;

    public const string Rule = "1 to 64 of a-z, 0-9, '.', '_', '@' and '-', the first a letter or a digit";

    public static bool IsOne(string name) =>
        name is { Length: >= 1 and <= MaxLength } && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '@' or '-');
}
