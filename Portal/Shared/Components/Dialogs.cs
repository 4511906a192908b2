using Microsoft.AspNetCore.Components;
using Radzen;

namespace Headgate.Portal;

/// <summary>Asks before something is done, and says how it went. One for a circuit.</summary>
public sealed class Dialogs(DialogService dialogs, NotificationService notifications)
{
    /// <summary>Asks whether to go on, saying what will happen.</summary>
    /// <param name="title">The question, such as <c>Disable gtw1?</c></param>
    /// <param name="effects">What will happen, a sentence each.</param>
    /// <param name="action">What the button says.</param>
    /// <param name="typed">What must be typed to go on, for what cannot be undone; null for nothing.</param>
    public async Task<bool> ConfirmAsync(string title, IReadOnlyList<string> effects, string action, string? typed = null) =>
        await dialogs.OpenAsync<ConfirmDialog>(
            title,
            new Dictionary<string, object?> { [nameof(ConfirmDialog.Effects)] = effects, [nameof(ConfirmDialog.Action)] = action, [nameof(ConfirmDialog.Typed)] = typed }!,
            Options()) is true;

    /// <summary>Asks with a dialog of its own, which closes with an answer; null when it was left.</summary>
    /// <typeparam name="TDialog">The dialog's content.</typeparam>
    /// <typeparam name="TAnswer">What it closes with.</typeparam>
    /// <param name="title">The question.</param>
    /// <param name="parameters">The content's parameters.</param>
    public async Task<TAnswer?> AskAsync<TDialog, TAnswer>(string title, Dictionary<string, object?> parameters)
        where TDialog : ComponentBase
        where TAnswer : class => await dialogs.OpenAsync<TDialog>(title, parameters, Options()) as TAnswer;

    /// <summary>Closes the dialog that is open.</summary>
    public void Close(object? answer) => dialogs.Close(answer);

    /// <summary>Says that something was done.</summary>
    public void Done(string sentence) => notifications.Notify(NotificationSeverity.Success, "Done", sentence, 6000);

    /// <summary>Says that something was not done, and why.</summary>
    public void NotDone(string sentence) => notifications.Notify(NotificationSeverity.Error, "Not done", sentence, 20000);

    /// <summary>Says how an action went. True when it was done.</summary>
    public bool Say<T>(Outcome<T> outcome, string done)
    {
        if (outcome.IsDone)
        {
            Done(done);
        }
        else
        {
            NotDone(outcome.Sentence);
        }

        return outcome.IsDone;
    }

    private static DialogOptions Options() => new()
    {
        Width = "min(40rem, 94vw)",
        AutoFocusFirstElement = true,
        CloseDialogOnEsc = true,
        ShowClose = true,
    };
}
